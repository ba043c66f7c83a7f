/**
 * A thread that tells a tracer what it does: the same thread with its ways out looked at. Its
 * tellers go through `send`, step by step, instead of the generated short cut.
 */
import { actorId } from './actor-id.js';
import type { AnyBehaviour, ExitReason } from './contract/behaviour.js';
import type { SystemEvent } from './contract/system.js';
import type { ActorTracer, TracedActor, TracedMessage } from './contract/tracing.js';
import { ActorBlock, MessageSlot, ThreadBlock } from './layouts.js';
import { tellTargetOf } from './program.js';
import type { CompiledMessage, Program } from './program.js';
import type { IdWords } from './spawn.js';
import { ActorThread } from './thread.js';
import type { ThreadParts } from './thread-parts.js';
import { Trace } from './trace.js';
import type { Placement } from './worker-threads.js';

const INLINE_WORD = MessageSlot.offset.inline / 4;
const SLOT_WORDS = MessageSlot.size / 4;
const MESSAGE_MASK = 0xffff;
/** The high word of a sequence begins with the count of the threads before (STAMP-1). */
const LIFE_SHIFT = 16;
const SEQUENCE_MASK = 2 ** LIFE_SHIFT - 1;
const LOW_RANGE = 2 ** 32;
const header = MessageSlot.plain;

type Handler = (self: unknown, message: unknown) => unknown;

/** See the file's header. */
export class TracedThread extends ActorThread {
  readonly trace: Trace;

  constructor(parts: ThreadParts, trace: Trace) {
    super(parts);
    this.trace = trace;
  }

  override send(low: number, slot: number): void {
    const message = this.trace.isOn ? this.#messageAt(this.#wordOf(slot), low) : undefined;
    super.send(low, slot);
    if (message !== undefined) this.trace.sent(message);
  }

  override reply(payloadWord: number, message: CompiledMessage, result: unknown): void {
    const at = payloadWord - INLINE_WORD;
    const isWanted = this.trace.isOn && this.words[at + header.askThread] !== 0;
    const request = isWanted ? this.#messageAt(at, this.words[at + header.toLow]) : undefined;
    super.reply(payloadWord, message, result);
    if (request !== undefined) this.trace.replied(request);
  }

  override spawn(behaviour: AnyBehaviour, args: unknown, placement: Placement): IdWords {
    const id = super.spawn(behaviour, args, placement);
    this.trace.spawned({ behaviour: behaviour.name, ...actorId(id.low, id.high) });
    return id;
  }

  /** Tells of an exit, before the actor's id changes. */
  exited(low: number, reason: ExitReason, text: string): void {
    const high = this.words[this.blockOf(low) + ActorBlock.word.idHigh];
    this.trace.exited(this.#actor(low, high), reason, text);
  }

  protected override compile(behaviour: AnyBehaviour): Program {
    const { code } = behaviour;
    const receive = Object.fromEntries(
      Object.entries(code.receive).map(([name, handler]) => [name, this.#traced(handler)]),
    );
    const program = super.compile({ ...behaviour, code: { ...code, receive } });
    const messages = program.messages.map((message) => ({
      ...message,
      tell: (low: number, high: number, payload: unknown) =>
        this.send(low, message.open(low, high, payload)),
    }));
    const TellTarget = tellTargetOf(messages, behaviour, this);
    return { ...program, behaviour, code, messages, TellTarget };
  }

  #traced(handler: Handler): Handler {
    const { words, mail, trace } = this;
    return (self, message) => {
      if (!trace.isOn) return handler(self, message);
      const inHand = this.#wordOf(words[mail.threadBlock + ThreadBlock.word.inHand]);
      const { low } = self as IdWords;
      return trace.handle(this.#messageAt(inHand, low), () => handler(self, message));
    };
  }

  #wordOf(slot: number): number {
    return this.mail.slotBase + slot * SLOT_WORDS;
  }

  #messageAt(at: number, low: number): TracedMessage {
    const { words } = this;
    const to = this.#actor(low, words[at + header.toHigh]);
    const program = this.programs[this.behaviourOf(low, words[at + header.toHigh])];
    const fromLow = words[at + header.fromLow];
    const sequenceHigh = words[at + header.idSequenceHigh];
    const sequence =
      (sequenceHigh & SEQUENCE_MASK) * LOW_RANGE + (words[at + header.idSequenceLow] >>> 0);
    const life = sequenceHigh >>> LIFE_SHIFT;
    return {
      id: `${words[at + header.idNode]}.${words[at + header.idThread]}.${life}.${sequence}`,
      message: program?.messages[words[at + header.message] & MESSAGE_MASK].name ?? 'a message',
      kind: words[at + header.askThread] === 0 ? 'tell' : 'ask',
      from: fromLow === 0 ? undefined : this.#actor(fromLow, words[at + header.fromHigh]),
      to,
    };
  }

  #actor(low: number, high: number): TracedActor {
    return { behaviour: this.behaviourName(this.behaviourOf(low, high)), ...actorId(low, high) };
  }
}

/** Who traces a thread, and which it is. */
export interface Tracing {
  readonly tracer: ActorTracer | undefined;
  /** Undefined for the main thread. */
  readonly worker: number | undefined;
}

/** A thread, traced if there is a tracer. @param emit told if the tracer throws */
export function threadFor(
  parts: ThreadParts,
  { tracer, worker }: Tracing,
  emit: (event: SystemEvent) => void,
): ActorThread {
  if (tracer === undefined) return new ActorThread(parts);
  const trace = new Trace(tracer, { worker, clock: parts.clock }, (text) =>
    emit({ kind: 'tracerFailed', worker, text }));
  return new TracedThread(parts, trace);
}
