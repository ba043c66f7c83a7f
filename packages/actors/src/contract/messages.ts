/** Types of state fields and messages, as users declare and handle them. */
import type { ActorRef, Protocol } from './ref.js';

declare const PHANTOM: unique symbol;

/** Names of the scalar kinds. */
export type ScalarName = 'u8' | 'i32' | 'u32' | 'f32' | 'f64';

/** A number field. */
export interface ScalarKind {
  readonly kind: ScalarName;
}

/** A reference to an actor, 8 bytes. */
export interface RefKind<P> {
  readonly kind: 'ref';
  readonly [PHANTOM]?: () => P;
}

/** An untyped value, encoded by the runtime's codec. */
export interface ValueKind<T> {
  readonly kind: 'value';
  readonly [PHANTOM]?: () => T;
}

/** One field of a state or message. */
export type FieldKind = ScalarKind | RefKind<unknown>;

/** Fields by name, laid out in order of size and then of declaration. */
export interface Fields {
  readonly [name: string]: FieldKind;
}

/** What a message carries. */
export type Payload = Fields | ValueKind<unknown>;

/** What a reply carries. */
export type ResultKind = FieldKind | ValueKind<unknown>;

/** A message that is answered. */
export interface ReplyKind<Q extends Payload, R extends ResultKind> {
  readonly kind: 'reply';
  readonly request: Q;
  readonly result: R;
}

/** One message of a behaviour. */
export type MessageKind = Payload | ReplyKind<Payload, ResultKind>;

/** Messages by name. */
export interface Messages {
  readonly [name: string]: MessageKind;
}

/** The JavaScript type of a field. */
export type FieldValue<K> = K extends ScalarKind
  ? number
  : K extends RefKind<infer P>
    ? ActorRef<P>
    : never;

/** The JavaScript type of a result. */
export type ResultValue<R> = R extends ValueKind<infer T> ? T : FieldValue<R>;

/** Fields as they are read from a message. */
export type FieldsView<Q> = { readonly [N in keyof Q]: FieldValue<Q[N]> };

/** Fields of a shared state. A ref field that was never set is undefined. */
export type StateView<F> = {
  -readonly [N in keyof F]: F[N] extends RefKind<infer P>
    ? ActorRef<P> | undefined
    : FieldValue<F[N]>;
};

type RequestOf<M> = M extends ReplyKind<infer Q, infer _R> ? Q : M;

/** Arguments of a tell. */
export type Arguments<M> =
  RequestOf<M> extends ValueKind<infer T>
    ? undefined extends T
      ? [value?: T]
      : [value: T]
    : keyof RequestOf<M> extends never
      ? []
      : [fields: FieldsView<RequestOf<M>>];

/**
 * What a handler is given. Synchronous handlers get a view that ends with their turn (ACTORS-O8).
 */
export type MessageView<M> = (RequestOf<M> extends ValueKind<infer T>
  ? { readonly value: T }
  : FieldsView<RequestOf<M>>) &
  (M extends ReplyKind<infer _Q, infer R>
    ? {
        /**
         * Answers the ask. The second answer to one message is ignored; of a tell, every answer is.
         */
        reply(
          ...result: undefined extends ResultValue<R>
            ? [result?: ResultValue<R>]
            : [result: ResultValue<R>]
        ): void;
      }
    : unknown);

/** How long an ask may take. */
export interface AskOptions {
  /** @default the system's askTimeoutMs */
  readonly timeoutMs?: number;
}

/** Sends without waiting. */
export type Tell<P> = {
  readonly [N in keyof Protocol<P>]: (...args: Arguments<Protocol<P>[N]>) => void;
};

/** How long a tell may wait for room. */
export interface TellWaitOptions {
  /** @default 5000 */
  readonly timeoutMs?: number;
}

/** Sends as soon as there is room. */
export type TellWait<P> = {
  readonly [N in keyof Protocol<P>]: (
    ...args: [...Arguments<Protocol<P>[N]>, options?: TellWaitOptions]
  ) => Promise<void>;
};

/** Sends and waits for the reply; every ask ends (ARCHITECTURE A8). */
export type Ask<P> = {
  readonly [
    N in keyof Protocol<P> as Protocol<P>[N] extends { readonly kind: 'reply' } ? N : never
  ]: (
    ...args: [...Arguments<Protocol<P>[N]>, options?: AskOptions]
  ) => Promise<Protocol<P>[N] extends ReplyKind<infer _Q, infer R> ? ResultValue<R> : never>;
};
