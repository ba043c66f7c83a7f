/**
 * One thread of an actor system: its programs, refs, values and asks over the shared memory. The
 * main thread, the control thread and each scheduler worker have one.
 *
 * Does not own turns (worker/) nor supervision (control/).
 */
import type { Clock, Codec, Random, Timers } from '@ganglion/runtime/contract';
import { indexOfId } from './actor-id.js';
import { AskTable } from './ask-table.js';
import type { AnyBehaviour } from './contract/behaviour.js';
import { BehaviourDirectory } from './behaviour-directory.js';
import { DeadLetters } from './dead-letters.js';
import { DropCounts } from './drop-counts.js';
import { ActorsError, textOf } from './errors.js';
import type { TargetObject } from './generated/senders.js';
import { newTurnRecord } from './generated/turns.js';
import type { AskOptions } from './contract/messages.js';
import { ActorBlock, MessageSlot, SystemBlock, ThreadBlock, ZeroCopyPayload } from './layouts.js';
import { importBehaviour } from './import-behaviour.js';
import { Mailboxes } from './mailbox.js';
import { ThreadHeap } from './memory.js';
import type { SystemMemory } from './memory.js';
import { Names } from './names.js';
import { Phase, TIMER_MESSAGE } from './phases.js';
import { compileProgram } from './program.js';
import type { CompiledMessage, Program, ProgramScope } from './program.js';
import { ActorRefObject } from './ref-object.js';
import { References } from './references.js';
import type { RefHome } from './ref-object.js';
import { Relations } from './relations.js';
import type { IdWords } from './spawn.js';
import { spawnActor } from './spawn.js';
import type { ThreadParts } from './thread-parts.js';
import { ActorTimers } from './timers.js';
import { UnknownBehaviours } from './unknown-behaviours.js';
import { handleLetter } from './returned-letters.js';
import { endUnanswered, readReply, refuseRequest, sendReply } from './reply.js';
import { valueCodec } from './value-codec.js';
import { dropPayload, readValue, writeValue } from './value-message.js';
import { WaitingTells } from './waiting-tells.js';
import type { Placement } from './worker-threads.js';

const BLOCK_WORDS = ActorBlock.size / 4;
const SLOT_WORDS = MessageSlot.size / 4;
const INLINE_WORD = MessageSlot.offset.inline / 4;
const BEHAVIOUR = ActorBlock.plain.behaviour;
const { idLow: ID_LOW, idHigh: ID_HIGH, phase: PHASE } = ActorBlock.word;
const ASK_THREAD = MessageSlot.plain.askThread;
const ASK_TICKET = MessageSlot.plain.askTicket;
const REPLY_SLOT = MessageSlot.plain.replySlot;
const MESSAGE = MessageSlot.plain.message;
const LAST_TICKET = ThreadBlock.word.lastTicket;
const REFS_KEPT = 2 ** 10;
const REF_CACHE_MASK = REFS_KEPT - 1;

/** See the file's header. */
export class ActorThread implements ProgramScope, RefHome {
  readonly memory: SystemMemory;
  readonly index: number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly mail: Mailboxes;
  readonly heap: ThreadHeap;
  readonly letters: DeadLetters;
  readonly asks: AskTable<CompiledMessage>;
  readonly directory: BehaviourDirectory;
  readonly names: Names;
  readonly actorTimers: ActorTimers;
  readonly waits: WaitingTells;
  readonly relations: Relations;
  readonly dropped: DropCounts;
  readonly references: References;
  readonly turns = newTurnRecord();
  /** The time of the worker's last look at the clock; 0 = look. */
  coarseMs = 0;
  readonly askTimeoutMs: number;
  readonly codec: Codec;
  readonly words: Int32Array;
  readonly floats: Float32Array;
  readonly doubles: Float64Array;
  readonly bytes: Uint8Array;
  readonly system: object;
  /** By behaviour index; a hole is a behaviour that this thread has not imported. */
  readonly programs: (Program | undefined)[] = [];
  /** Refs read last, by the low bits of their index. */
  private readonly refs: (ActorRefObject | undefined)[] = Array.from({ length: REFS_KEPT });
  private readonly slotBase: number;
  private readonly blocks: number;
  /** Behaviours of the refs in the value being decoded that this thread has not imported. */
  private readonly unknown = new Set<number>();

  constructor(parts: ThreadParts) {
    const { memory, index, clock, timers, random, askTimeoutMs, runQueue } = parts;
    const { region } = memory;
    this.memory = memory;
    this.index = index;
    this.clock = clock;
    this.timers = timers;
    this.random = random;
    this.words = region.words;
    this.floats = new Float32Array(region.buffer);
    this.doubles = region.doubles;
    this.bytes = region.bytes;
    this.system = region.buffer;
    this.mail = new Mailboxes(memory, index, (low) => this.describe(low), runQueue);
    this.heap = new ThreadHeap(memory, index);
    this.letters = new DeadLetters(this.words, memory, index, clock);
    const lastTicket = this.words[this.mail.threadBlock + LAST_TICKET];
    this.asks = new AskTable<CompiledMessage>(
      { ...clock, monotonicMs: () => this.coarseMs || clock.monotonicMs() },
      timers,
      {
        subject: ({ name }, low) => `${this.describe(low)}, asked for ${name},`,
        decode: (message, slot) => readReply(this, message, slot),
      },
      { lastTicket },
    );
    this.directory = new BehaviourDirectory(region);
    this.askTimeoutMs = askTimeoutMs;
    this.references = new References(this, parts.checks ?? 'development');
    this.slotBase = region.plan.sections.slots.word;
    this.blocks = region.plan.sections.actors.word;
    this.names = new Names(this);
    this.waits = new WaitingTells(this);
    this.relations = new Relations({ ...region, thread: index }, this.mail.notices);
    this.dropped = new DropCounts(memory);
    this.codec = valueCodec(
      (ref) => this.encodeRef(ref),
      (payload) => this.decodeRef(payload),
    );
    this.actorTimers = new ActorTimers(this);
  }

  /** Word of an actor's block. */
  blockOf(low: number): number {
    return this.blocks + indexOfId(low) * BLOCK_WORDS;
  }

  /** The program of a behaviour object, compiled on first use. */
  programFor(behaviour: AnyBehaviour): number {
    const index = this.directory.indexOf(behaviour);
    this.programs[index] ??= this.compile(behaviour);
    return index;
  }

  /**
   * Imports the module of a behaviour. @throws ActorsError ACTORS_BEHAVIOUR_UNKNOWN with the cause
   */
  async importProgram(index: number): Promise<Program> {
    const known = this.programs[index];
    if (known !== undefined) return known;
    const exported = await importBehaviour(this.directory.at(index));
    return (this.programs[index] ??= this.compile(exported));
  }

  protected compile(behaviour: AnyBehaviour): Program {
    return compileProgram(behaviour, this);
  }

  /** Spawns an unsupervised actor. Its init runs later, on its worker. */
  spawn(behaviour: AnyBehaviour, args: unknown, placement: Placement): IdWords {
    return spawnActor(this, behaviour, args, placement);
  }

  open(low: number, high: number, message: number, payloadBytes: number): number {
    return this.mail.open(low, high, message, payloadBytes);
  }

  /** @throws ActorsError ACTORS_EXITED; the slot is given back */
  send(low: number, slot: number): void {
    if (!this.mail.send(low, slot)) throw this.takeBack(low, slot);
  }

  private takeBack(low: number, slot: number): ActorsError {
    this.dropPayload(slot);
    this.mail.release(slot);
    return new ActorsError('ACTORS_EXITED', `${this.describe(low)} has ended`);
  }

  payloadWord(slot: number): number {
    return this.slotBase + slot * SLOT_WORDS + INLINE_WORD;
  }

  refAt(low: number, high: number): ActorRefObject | undefined {
    if (low === 0) return undefined;
    const cached = this.refs[low & REF_CACHE_MASK];
    if (cached !== undefined && cached.low === low && cached.high === high) return cached;
    return (this.refs[low & REF_CACHE_MASK] = new ActorRefObject(this, low, high));
  }

  openValue(low: number, high: number, message: number, given: unknown): number {
    return writeValue(this, low, given, (kind, payloadBytes) =>
      this.mail.open(low, high, message | kind, payloadBytes));
  }

  /** @throws ActorsError ACTORS_VALUE_INVALID with the codec's error as cause */
  encode(given: unknown, subject: () => string): Uint8Array {
    try {
      return this.codec.encode(given);
    } catch (cause) {
      throw new ActorsError(
        'ACTORS_VALUE_INVALID',
        `a value for ${subject()} cannot be sent: ${textOf(cause)}`,
        { cause },
      );
    }
  }

  writeBlockPayload(payloadWord: number, block: number, length: number): void {
    this.words[payloadWord + ZeroCopyPayload.plain.pointer] = block;
    this.words[payloadWord + ZeroCopyPayload.plain.generation] = this.heap.generation(block);
    this.words[payloadWord + ZeroCopyPayload.plain.length] = length;
  }

  /**
   * @throws UnknownBehaviours if the value holds refs to behaviours that this thread has not
   * imported
   */
  decode(encoded: Uint8Array): unknown {
    this.unknown.clear();
    const decoded = this.codec.decode(encoded);
    if (this.unknown.size > 0) throw new UnknownBehaviours([...this.unknown]);
    return decoded;
  }

  requireRef(low: number): void {
    const behaviour = this.behaviourAt(low);
    if (this.programs[behaviour] === undefined) throw new UnknownBehaviours([behaviour]);
  }

  /** Requires the programs of the refs in a shared state. @throws UnknownBehaviours */
  requirePrograms({ stateRefs }: Program, stateWord: number): void {
    for (let n = 0; n < stateRefs.length; n++) {
      const low = this.words[stateWord + stateRefs[n]];
      if (low !== 0) this.requireRef(low);
    }
  }

  /** Decodes a message's or reply's value. @throws UnknownBehaviours */
  readValue(slot: number): unknown {
    return readValue(this, slot);
  }

  /** Gives back the slot of a message that was handled, and what its payload owns. */
  finish(slot: number): void {
    const isTimer = this.words[this.slotBase + slot * SLOT_WORDS + MESSAGE] & TIMER_MESSAGE;
    if (isTimer !== 0 && this.actorTimers.keeps(slot)) return;
    this.dropPayload(slot);
    this.mail.release(slot);
  }

  /** Frees what a slot's payload owns; the slot itself stays with the caller. */
  dropPayload(slot: number): void {
    dropPayload(this, slot);
  }

  ask(
    low: number,
    high: number,
    message: CompiledMessage,
    payload: unknown,
    options: unknown,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timeoutMs = (options as AskOptions | undefined)?.timeoutMs ?? this.askTimeoutMs;
      const ticket = this.asks.enter(low, message, timeoutMs, resolve, reject);
      this.words[this.mail.threadBlock + LAST_TICKET] = ticket;
      let reserved = 0;
      try {
        reserved = this.mail.reserve(low);
        this.words[this.slotBase + reserved * SLOT_WORDS + ASK_THREAD] = 0;
        const slot = message.open(low, high, payload);
        const at = this.slotBase + slot * SLOT_WORDS;
        this.words[at + ASK_THREAD] = this.index;
        this.words[at + ASK_TICKET] = ticket;
        this.words[at + REPLY_SLOT] = reserved;
        this.send(low, slot);
      } catch (error) {
        this.asks.withdraw(ticket);
        if (reserved !== 0) this.mail.release(reserved);
        throw error;
      }
    });
  }

  reply(payloadWord: number, message: CompiledMessage, result: unknown): void {
    sendReply(this, message, result, payloadWord - INLINE_WORD);
  }

  endUnanswered(slot: number): void {
    endUnanswered(this, slot);
  }

  returned(self: unknown, slot: number): void {
    handleLetter(this, self, slot);
  }

  discard(slot: number): void {
    refuseRequest(this, slot, 'ACTORS_EXITED', 'has ended', 'waiting');
  }

  makeRef(low: number, high: number): ActorRefObject {
    return new ActorRefObject(this, low, high);
  }

  tellTarget(low: number, high: number, behaviour: number): TargetObject {
    return new (this.programAt(behaviour, low).TellTarget)(low, high);
  }

  askTarget(low: number, high: number, behaviour: number): TargetObject {
    return new (this.programAt(behaviour, low).AskTarget)(low, high);
  }

  isAlive(low: number, high: number): boolean {
    const block = this.blockOf(low);
    return (
      Atomics.load(this.words, block + ID_LOW) === low &&
      Atomics.load(this.words, block + ID_HIGH) === high &&
      Atomics.load(this.words, block + PHASE) !== Phase.free
    );
  }

  isRunning(low: number, high: number): boolean {
    const phase = Atomics.load(this.words, this.blockOf(low) + PHASE);
    return phase === Phase.running && this.isAlive(low, high);
  }

  incarnationOf(low: number, high: number): number {
    return this.isAlive(low, high)
      ? Atomics.load(this.words, this.blockOf(low) + ActorBlock.word.incarnation)
      : 0;
  }

  behaviourOf(low: number, high: number): number {
    const block = this.blockOf(low);
    const isSame = this.words[block + ID_LOW] === low && this.words[block + ID_HIGH] === high;
    return isSame ? this.words[block + BEHAVIOUR] : -1;
  }

  behaviourName(behaviour: number): string {
    return behaviour < 0 ? 'an ended actor' : this.directory.at(behaviour).name;
  }

  isBehaviour(behaviour: number, { module, name }: AnyBehaviour): boolean {
    if (behaviour < 0) return false;
    const known = this.directory.at(behaviour);
    return known.module === module && known.name === name;
  }

  /** The actor for people: behaviour and index. */
  describe(low: number): string {
    return `${this.behaviourName(this.behaviourAt(low))}#${indexOfId(low)}`;
  }

  /** True once `stop` has begun. */
  get stopping(): boolean {
    const { system } = this.memory.region.plan.sections;
    return Atomics.load(this.words, system.word + SystemBlock.word.stopping) !== 0;
  }

  private behaviourAt(low: number): number {
    return this.words[this.blockOf(low) + BEHAVIOUR];
  }

  /** The program of a ref. @throws ActorsError ACTORS_EXITED, ACTORS_BEHAVIOUR_UNKNOWN */
  programAt(behaviour: number, low: number): Program {
    if (behaviour < 0)
      throw new ActorsError('ACTORS_EXITED', `an actor with index ${indexOfId(low)} has ended`);
    const program = this.programs[behaviour];
    if (program !== undefined) return program;
    void this.importProgram(behaviour).catch(() => undefined);
    throw new ActorsError(
      'ACTORS_BEHAVIOUR_UNKNOWN',
      `behaviour ${this.behaviourName(behaviour)} is being imported on this thread; ` +
        'import its module before using the ref',
    );
  }

  private encodeRef(ref: ActorRefObject): readonly number[] {
    if (ref.home.system !== this.system) {
      throw new ActorsError(
        'ACTORS_VALUE_INVALID',
        `${ref.behaviour}: a ref of another actor system`,
      );
    }
    return [ref.low, ref.high];
  }

  private decodeRef(payload: unknown): ActorRefObject {
    const [low, high] = payload as readonly [number, number];
    const behaviour = this.behaviourOf(low, high);
    if (behaviour >= 0 && this.programs[behaviour] === undefined) this.unknown.add(behaviour);
    return this.makeRef(low, high);
  }
}
