/**
 * The tells of one thread that wait for room in a mailbox (`ref.tellWait`). Private to the thread
 * and lost with it.
 *
 * WAITING-1 (ACTORS-O4): the waiters for one receiver are served in the order of their calls, and
 *   each is settled once: sent, refused for another reason, at its deadline, or by `failAll`. A
 *   plain tell waits for nobody, so it may come before them.
 * WAITING-2: nobody tells a waiter that there is room, so that senders and receivers who never wait
 *   pay nothing. A worker looks before it runs turns; besides, a timer looks after 1 ms, then after
 *   twice as long up to 16 ms, and from 1 ms again when a message was sent.
 * WAITING-3: what waits is a copy: the caller may change its payload, and a view may end.
 *
 * A message goes to its receiver also when the actor that sent it has ended meanwhile.
 */
import type { Timer } from '@ganglion/runtime/contract';
import { ASK_TIMEOUT_MAX_MS } from './ask-table.js';
import type { TellWaitOptions } from './contract/messages.js';
import { ActorsError } from './errors.js';
import { ActorBlock } from './layouts.js';
import { MAX_PENDING_ASKS } from './limits.js';
import type { CompiledMessage } from './program.js';
import type { ActorThread } from './thread.js';

/** Defaults of `ref.tellWait`. */
export const tellWaitDefaults: Required<TellWaitOptions> = Object.freeze({ timeoutMs: 5_000 });

const PAUSE_MIN_MS = 1;
const PAUSE_MAX_MS = 16;
const { plain, word } = ActorBlock;

interface Waiter {
  readonly message: CompiledMessage;
  readonly payload: unknown;
  /** Who sends, for the message's header. */
  readonly fromLow: number;
  readonly fromHigh: number;
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The waiters for one receiver, in order. */
interface Line {
  readonly low: number;
  readonly high: number;
  readonly waiters: Set<Waiter>;
}

/** The methods of `ref.tellWait`, by message. */
type Target = Readonly<Record<string, (first: unknown, second: unknown) => Promise<void>>>;

/** See the file's header. */
export class WaitingTells {
  readonly #thread: ActorThread;
  readonly #lines = new Map<string, Line>();
  #size = 0;
  /** No deadline is earlier. */
  #earliestMs = Infinity;
  #timer: Timer | undefined;
  #pauseMs = PAUSE_MIN_MS;
  #stopped: (() => ActorsError) | undefined;

  constructor(thread: ActorThread) {
    this.#thread = thread;
  }

  /** How many wait. */
  get size(): number {
    return this.#size;
  }

  /** The object behind `ref.tellWait`. @throws what `ref.tell` throws */
  target(low: number, high: number, behaviour: number): object {
    this.#thread.tellTarget(low, high, behaviour);
    const methods = (this.#thread.programs[behaviour]?.messages ?? []).map((message) => {
      const method: Target[string] = (first, second) =>
        message.bare
          ? this.#tell({ low, high }, message, undefined, first)
          : this.#tell({ low, high }, message, first, second);
      return [message.name, method] as const;
    });
    return Object.fromEntries(methods) satisfies Target;
  }

  /** Sends what has room now, in order. */
  retry(): void {
    for (const [key, line] of this.#lines) {
      for (const waiter of line.waiters) {
        if (!this.#mayFit(line) || !this.#attempt(line, waiter)) break;
        line.waiters.delete(waiter);
        this.#size -= 1;
      }
      if (line.waiters.size === 0) this.#lines.delete(key);
    }
  }

  /** Rejects everything that waits, and whatever comes later. */
  failAll(error: () => ActorsError): void {
    this.#stopped = error;
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const { waiters } of this.#lines.values())
      for (const { reject } of waiters) reject(error());
    this.#lines.clear();
    this.#size = 0;
  }

  #tell(
    to: { readonly low: number; readonly high: number },
    message: CompiledMessage,
    payload: unknown,
    options: unknown,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#stopped !== undefined) throw this.#stopped();
      const { timeoutMs } = resolveTellWaitOptions(options as TellWaitOptions | undefined);
      const key = `${to.low} ${to.high}`;
      const line = this.#lines.get(key);
      if (line === undefined && this.#sends(to.low, to.high, message, payload)) {
        resolve();
        return;
      }
      if (this.#size === MAX_PENDING_ASKS) {
        throw new ActorsError('ACTORS_ASK_LIMIT', `${MAX_PENDING_ASKS} tells of this thread wait`);
      }
      const { clock, mail } = this.#thread;
      const waiter: Waiter = {
        message,
        payload: this.#copy(to.low, message, payload),
        fromLow: mail.stamp.fromLow,
        fromHigh: mail.stamp.fromHigh,
        timeoutMs,
        deadlineMs: clock.monotonicMs() + timeoutMs,
        resolve,
        reject,
      };
      if (line === undefined) this.#lines.set(key, { ...to, waiters: new Set([waiter]) });
      else line.waiters.add(waiter);
      this.#size += 1;
      this.#earliestMs = Math.min(this.#earliestMs, waiter.deadlineMs);
      this.#pauseMs = PAUSE_MIN_MS;
      this.#arm();
    });
  }

  #copy(low: number, message: CompiledMessage, payload: unknown): unknown {
    const { fields } = message;
    if (fields === undefined) {
      const encoded = this.#thread.encode(payload, () => this.#thread.describe(low));
      return this.#thread.codec.decode(encoded);
    }
    const given = payload as Readonly<Record<string, unknown>> | undefined;
    return given && Object.fromEntries(fields.map((name) => [name, given[name]]));
  }

  /** True if it was sent, false if there is no room. */
  #sends(low: number, high: number, message: CompiledMessage, payload: unknown): boolean {
    try {
      message.tell(low, high, payload);
      return true;
    } catch (error) {
      if (error instanceof ActorsError && isNoRoom(error)) return false;
      throw error;
    }
  }

  /** True if the waiter is settled. */
  #attempt({ low, high }: Line, waiter: Waiter): boolean {
    const { mail } = this.#thread;
    mail.stamp.setFrom(waiter.fromLow, waiter.fromHigh);
    try {
      if (!this.#sends(low, high, waiter.message, waiter.payload)) return false;
      this.#pauseMs = PAUSE_MIN_MS;
      waiter.resolve();
    } catch (error) {
      waiter.reject(error);
    } finally {
      mail.stamp.setFrom(0, 0);
    }
    return true;
  }

  /** False while the mailbox is full: cheaper than a refusal. */
  #mayFit({ low, high }: Line): boolean {
    const { mail, memory, words } = this.#thread;
    const block = this.#thread.blockOf(low);
    if (words[block + word.idLow] !== low || words[block + word.idHigh] !== high) return true;
    const remoteHalf = memory.mailboxCapacity - mail.localHalf;
    if (Atomics.load(words, block + word.remoteDebt) < remoteHalf) return true;
    const isLocal = Atomics.load(words, block + word.owner) === this.#thread.index;
    return isLocal && words[block + plain.localDebt] < mail.localHalf;
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#size === 0) return;
    const leftMs = this.#earliestMs - this.#thread.clock.monotonicMs();
    const delayMs = Math.max(PAUSE_MIN_MS, Math.min(this.#pauseMs, leftMs));
    this.#timer = this.#thread.timers.after(delayMs, () => {
      this.#timer = undefined;
      this.#pauseMs = Math.min(PAUSE_MAX_MS, this.#pauseMs * 2);
      this.#expire(this.#thread.clock.monotonicMs());
      this.retry();
      this.#arm();
    });
  }

  #expire(nowMs: number): void {
    if (nowMs < this.#earliestMs) return;
    this.#earliestMs = Infinity;
    for (const [key, { low, waiters }] of this.#lines) {
      for (const waiter of waiters) {
        if (waiter.deadlineMs > nowMs) {
          this.#earliestMs = Math.min(this.#earliestMs, waiter.deadlineMs);
          continue;
        }
        waiters.delete(waiter);
        this.#size -= 1;
        const text = `${this.#thread.describe(low)} had no room for ${waiter.message.name}`;
        waiter.reject(
          new ActorsError('ACTORS_MAILBOX_TIMEOUT', `${text} within ${waiter.timeoutMs} ms`),
        );
      }
      if (waiters.size === 0) this.#lines.delete(key);
    }
  }
}

function isNoRoom({ code }: ActorsError): boolean {
  return code === 'ACTORS_MAILBOX_FULL' || code === 'ACTORS_SLOTS_EXHAUSTED';
}

/** @throws ActorsError ACTORS_OPTION_INVALID */
function resolveTellWaitOptions(options: TellWaitOptions = {}): Required<TellWaitOptions> {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(tellWaitDefaults, name));
  if (unknown !== undefined)
    throw new ActorsError('ACTORS_OPTION_INVALID', `tellWait has no option ${unknown}`);
  const resolved = { ...tellWaitDefaults, ...options };
  const { timeoutMs } = resolved;
  if (timeoutMs > 0 && timeoutMs <= ASK_TIMEOUT_MAX_MS) return resolved;
  throw new ActorsError(
    'ACTORS_OPTION_INVALID',
    `timeoutMs is ${timeoutMs}; it must be above 0 and at most ${ASK_TIMEOUT_MAX_MS}`,
  );
}
