/**
 * What a thread writes into the header of every message: time, id and sender.
 *
 * STAMP-1 (ACTORS-I2): an id is {node, thread, sequence}; the sequence rises with each message, and
 *   a successor's is ahead of all that the dead thread can have used.
 */
import { MessageSlot } from './layouts.js';

const FIRST = MessageSlot.offset.timestamp / 4;
const WORDS = MessageSlot.plain.toLow - FIRST;
const SEQUENCE_LOW = MessageSlot.plain.idSequenceLow - FIRST;
const SEQUENCE_HIGH = MessageSlot.plain.idSequenceHigh - FIRST;
const FROM_LOW = MessageSlot.plain.fromLow - FIRST;
const FROM_HIGH = MessageSlot.plain.fromHigh - FIRST;
const LOW_RANGE = 2 ** 32;
/** 2^32 × this many messages, of one thread before another has its index. */
const SEQUENCES_A_LIFE = 2 ** 16;

/** Whose stamp it is. */
export interface StampParts {
  /** The system's memory. */
  readonly words: Int32Array;
  readonly node: number;
  readonly thread: number;
  /** Threads that had this index before. */
  readonly lives: number;
}

/** See the file's header. One for each thread. */
export class Stamp {
  /**
   * A header's words from `timestamp` to `fromHigh`, but for the sequence, which is the last
   * message's. Of an own buffer, so that its place is a constant in generated code.
   */
  readonly own: Int32Array = new Int32Array(new ArrayBuffer(WORDS * 4));
  private readonly words: Int32Array;

  constructor({ words, node, thread, lives }: StampParts) {
    this.words = words;
    this.own[MessageSlot.plain.idNode - FIRST] = node;
    this.own[MessageSlot.plain.idThread - FIRST] = thread;
    this.own[SEQUENCE_HIGH] = lives * SEQUENCES_A_LIFE;
  }

  /** Stamps the message in the slot at word `at`, with the next id. */
  write(at: number): void {
    const { own, words } = this;
    const sequence = (own[SEQUENCE_LOW] + 1) | 0;
    own[SEQUENCE_LOW] = sequence;
    if (sequence === 0) own[SEQUENCE_HIGH] += 1;
    const to = at + FIRST;
    words[to] = own[0];
    words[to + 1] = own[1];
    words[to + 2] = own[2];
    words[to + 3] = own[3];
    words[to + SEQUENCE_LOW] = sequence;
    words[to + SEQUENCE_HIGH] = own[SEQUENCE_HIGH];
    words[to + FROM_LOW] = own[FROM_LOW];
    words[to + FROM_HIGH] = own[FROM_HIGH];
  }

  /** Names the actor whose turn it is, the sender of what follows; 0 and 0 outside turns. */
  setFrom(low: number, high: number): void {
    this.own[FROM_LOW] = low;
    this.own[FROM_HIGH] = high;
  }

  get fromLow(): number {
    return this.own[FROM_LOW];
  }

  get fromHigh(): number {
    return this.own[FROM_HIGH];
  }

  /** Sets the coarse clock (ACTORS-T3). @param microseconds since the system started */
  setTime(microseconds: number): void {
    this.own[0] = microseconds | 0;
    this.own[1] = (microseconds / LOW_RANGE) | 0;
  }
}
