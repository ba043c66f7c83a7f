/**
 * Sleep and wake-up of one thread (ACTORS-T2): it sleeps in libuv, on `waitAsync`, so that sockets,
 * timers and promises go on. A wake-up comes from any thread through Notices.wake, also from this
 * one.
 *
 * SLEEPER-1: a thread takes in what others freed of its heap before it sleeps, and keeps no part
 *   of the heap that is wholly free.
 */
import { ThreadBlock } from './layouts.js';
import type { Mailboxes } from './mailbox.js';
import type { ThreadHeap } from './memory.js';

/** The ends of the thread that sleeps. */
export interface SleeperParts {
  readonly mail: Mailboxes;
  readonly heap: Pick<ThreadHeap, 'trim'>;
}

/** See the file's header. */
export class Sleeper {
  readonly #heap: SleeperParts['heap'];
  readonly #words: Int32Array;
  readonly #word: number;
  readonly #inbox: number;
  readonly #ready: number;
  readonly #handed: number;
  readonly #wakeUps: number;

  constructor({ mail, heap }: SleeperParts) {
    this.#heap = heap;
    this.#words = mail.words;
    this.#word = mail.threadBlock + ThreadBlock.word.sleeping;
    this.#inbox = mail.threadBlock + ThreadBlock.word.inbox;
    this.#ready = mail.threadBlock + ThreadBlock.word.readyStack;
    this.#handed = mail.threadBlock + ThreadBlock.word.handed;
    this.#wakeUps = mail.threadBlock + ThreadBlock.word.wakeUps;
  }

  /** True if another thread has left something. */
  get hasWork(): boolean {
    return (
      Atomics.load(this.#words, this.#ready) !== 0 ||
      Atomics.load(this.#words, this.#inbox) !== 0 ||
      Atomics.load(this.#words, this.#handed) !== 0
    );
  }

  /** Sleeps until woken, unless `hasWork` or `busy` says that there is something to do. */
  async sleep(busy: () => boolean): Promise<void> {
    this.#heap.trim();
    Atomics.store(this.#words, this.#word, 1);
    if (this.hasWork || busy()) {
      Atomics.store(this.#words, this.#word, 0);
      return;
    }
    const waiting = Atomics.waitAsync(this.#words, this.#word, 1);
    if (waiting.async) await waiting.value;
    this.#words[this.#wakeUps] += 1;
    Atomics.store(this.#words, this.#word, 0);
  }
}
