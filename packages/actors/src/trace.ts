/** One thread's tracer, guarded: what it throws harms nobody (TRACING-3). */
import type { HandlerOutcome, TracedActor, TracedMessage } from './contract/tracing.js';
import type { ActorTracer, Tracer, TracerComponents } from './contract/tracing.js';
import type { ExitReason } from './contract/behaviour.js';
import { textOf } from './errors.js';
import { isHeld } from './generated/turns.js';

/** See the file's header. */
export class Trace {
  readonly #name: string;
  readonly #onFailed: (text: string) => void;
  #tracer: Tracer | undefined;
  /** True in a call of the tracer: what happens there is not traced. */
  #isTelling = false;
  /** Id of the message whose handler runs. */
  #cause: string | undefined;

  /** @param onFailed told once, with a sentence */
  constructor(
    { name, create }: ActorTracer,
    components: TracerComponents,
    onFailed: (text: string) => void,
  ) {
    this.#name = name;
    this.#onFailed = onFailed;
    try {
      this.#tracer = create(components);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** False while nobody listens: then nothing need be made to be told. */
  get isOn(): boolean {
    return this.#tracer !== undefined && !this.#isTelling;
  }

  sent(message: TracedMessage): void {
    this.#tell((tracer) => tracer.sent?.(message, this.#cause));
  }

  replied(message: TracedMessage): void {
    this.#tell((tracer) => tracer.replied?.(message));
  }

  spawned(actor: TracedActor): void {
    this.#tell((tracer) => tracer.spawned?.(actor, this.#cause));
  }

  exited(actor: TracedActor, reason: ExitReason, text: string): void {
    this.#tell((tracer) => tracer.exited?.(actor, reason, text));
  }

  /** Runs the handler of a message, and comes back as it does. */
  handle(message: TracedMessage, handler: () => unknown): unknown {
    this.#tell((tracer) => tracer.began?.(message));
    this.#cause = message.id;
    let outcome: HandlerOutcome = 'threw';
    try {
      const result = handler();
      outcome = isHeld(result) ? 'held' : 'returned';
      return result;
    } finally {
      this.#cause = undefined;
      this.#tell((tracer) => tracer.ended?.(message, outcome));
    }
  }

  /** Resolves when the tracer is done; it is told nothing afterwards. */
  async close(): Promise<void> {
    const tracer = this.#tracer;
    this.#tracer = undefined;
    try {
      await tracer?.close?.();
    } catch (error) {
      this.#fail(error);
    }
  }

  #tell(call: (tracer: Tracer) => void): void {
    if (this.#tracer === undefined || this.#isTelling) return;
    this.#isTelling = true;
    try {
      call(this.#tracer);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isTelling = false;
    }
  }

  #fail(error: unknown): void {
    this.#tracer = undefined;
    this.#onFailed(`tracer ${this.#name} was switched off: ${textOf(error)}`);
  }
}
