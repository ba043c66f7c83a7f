/**
 * Values that travel by reference (ACTORS-O7): from an actor to an isolate-state actor of the same
 * worker. The message is in a slot as always; the value stays a JavaScript object of this thread,
 * in a table by slot.
 *
 * Does not own slots, nor what a value is when it is encoded (value-message.ts).
 *
 * REFERENCE-1: the value is in the table of the thread that opened the slot, from then until the
 *   slot is given back. An isolate-state actor never moves, so that thread also handles the
 *   message.
 * REFERENCE-2: a place without a value is ABSENT: a message that another thread opened by reference
 *   fails here and never reads another message's value.
 * REFERENCE-3: to drop a value twice does nothing, so that it may be dropped again after a death.
 * REFERENCE-4: the table dies with its thread. The successor finds it empty, and takes the messages
 *   by reference out of the mailboxes of its actors (worker/succession.ts); nobody else has any,
 *   and who asked with one has died as well.
 * REFERENCE-5: with development checks a value is refused as on its way to another worker, and
 *   frozen. Without them it is not looked at.
 */
import { indexOfId } from './actor-id.js';
import type { Checks } from './contract/system.js';
import { deepFreeze } from './deep-freeze.js';
import { ActorsError } from './errors.js';
import { ActorBlock } from './layouts.js';
import { BY_REFERENCE } from './phases.js';
import type { ActorThread } from './thread.js';

const BLOCK_WORDS = ActorBlock.size / 4;
const OWNER = ActorBlock.word.owner;

/** What a place without a value holds. */
export const ABSENT: unique symbol = Symbol('absent');

/** See the file's header. */
export class References {
  /** By slot. Public for generated code. */
  readonly values: unknown[] = [];
  /** Whether values are checked and frozen. */
  readonly isChecked: boolean;
  private readonly thread: ActorThread;

  constructor(thread: ActorThread, checks: Checks) {
    this.thread = thread;
    this.isChecked = checks === 'development';
  }

  /**
   * Opens a slot for a value: by reference if the actor is this thread's, else encoded.
   * @throws ActorsError as Mailboxes.open; ACTORS_VALUE_INVALID. Nothing is taken then
   */
  open(low: number, high: number, message: number, value: unknown): number {
    const thread = this.thread;
    const block = thread.mail.blocks + indexOfId(low) * BLOCK_WORDS;
    if (thread.words[block + OWNER] !== thread.index)
      return thread.openValue(low, high, message, value);
    if (this.isChecked) {
      thread.encode(value, () => thread.describe(low));
      deepFreeze(value);
    }
    const slot = thread.mail.open(low, high, message | BY_REFERENCE, 0);
    this.keep(slot, value);
    return slot;
  }

  /** Keeps the value of a slot. */
  keep(slot: number, value: unknown): void {
    const { values } = this;
    while (values.length <= slot) values.push(ABSENT);
    values[slot] = value;
  }

  /** The value of a slot, which keeps it. @throws ActorsError ACTORS_VALUE_INVALID (REFERENCE-2) */
  read(slot: number): unknown {
    const { values } = this;
    const value = slot < values.length ? values[slot] : ABSENT;
    if (value === ABSENT) {
      throw new ActorsError(
        'ACTORS_VALUE_INVALID',
        'a value by reference is not on the thread that handles its message',
      );
    }
    return value;
  }

  /** Forgets the value of a slot (REFERENCE-3). */
  drop(slot: number): void {
    if (slot < this.values.length) this.values[slot] = ABSENT;
  }

  /** Values that are kept. */
  get count(): number {
    return this.values.filter((value) => value !== ABSENT).length;
  }
}
