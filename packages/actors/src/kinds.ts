/** Declarations of state fields and messages, as data. Their types are in contract/messages.ts. */
import type { Payload, RefKind, ReplyKind, ResultKind, ValueKind } from './contract/messages.js';

export const u8: { readonly kind: 'u8' } = Object.freeze({ kind: 'u8' });
export const i32: { readonly kind: 'i32' } = Object.freeze({ kind: 'i32' });
export const u32: { readonly kind: 'u32' } = Object.freeze({ kind: 'u32' });
export const f32: { readonly kind: 'f32' } = Object.freeze({ kind: 'f32' });
export const f64: { readonly kind: 'f64' } = Object.freeze({ kind: 'f64' });

const REF = Object.freeze({ kind: 'ref' as const });
const VALUE = Object.freeze({ kind: 'value' as const });

/**
 * A field that holds an actor reference; without a protocol it is narrowed by `ref.as(Behaviour)`.
 */
export function ref<P = unknown>(): RefKind<P> {
  return REF;
}

/**
 * A message or result that is any value the codec encodes: plain data, maps, sets, typed arrays,
 * refs.
 */
export function value<T>(): ValueKind<T> {
  return VALUE;
}

/** A message that is answered: `reply(result)` or `reply(fields, result)`. */
export function reply<const R extends ResultKind>(result: R): ReplyKind<Record<never, never>, R>;
export function reply<const Q extends Payload, const R extends ResultKind>(
  request: Q,
  result: R,
): ReplyKind<Q, R>;
export function reply(
  first: Payload | ResultKind,
  second?: ResultKind,
): ReplyKind<Payload, ResultKind> {
  return second === undefined
    ? Object.freeze({ kind: 'reply', request: Object.freeze({}), result: first as ResultKind })
    : Object.freeze({ kind: 'reply', request: first as Payload, result: second });
}
