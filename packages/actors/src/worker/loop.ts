/**
 * The loop of a scheduler worker (ACTORS-T2): steps, lets promises run, yields to libuv at least
 * every millisecond or 10,000 messages, spins for a short while when there is nothing to do, and
 * sleeps.
 */
import { setImmediate } from 'node:timers';
import { ThreadBlock } from '../layouts.js';
import type { ActorThread } from '../thread.js';
import { Sleeper } from '../sleeper.js';
import type { Scheduler } from './scheduler.js';

const STEP_MESSAGES = 512;
const YIELD_MESSAGES = 10_000;
const YIELD_MS = 1;
const SPIN_MS = 0.03;
/** Looks for work between two looks at the clock. */
const LOOKS = 8;
const SEQUENCE = ThreadBlock.word.turnSequence;

/** Who may spin: while not more threads are awake than CPUs. */
export interface SpinPolicy {
  mayIdleSpin(): boolean;
}

/** See the file's header. */
export class WorkerLoop {
  private readonly thread: ActorThread;
  private readonly scheduler: Scheduler;
  private readonly sleeper: Sleeper;
  private readonly spin: SpinPolicy;
  private running = true;

  constructor(thread: ActorThread, scheduler: Scheduler, spin: SpinPolicy) {
    this.thread = thread;
    this.scheduler = scheduler;
    this.sleeper = new Sleeper(thread);
    this.spin = spin;
  }

  /** Runs until `stop`. */
  async run(): Promise<void> {
    const { words, mail } = this.thread;
    const { clock } = this.scheduler;
    const sequence = mail.threadBlock + SEQUENCE;
    let sinceYield = 0;
    let yieldedMs = clock.look();
    while (this.running) {
      // A pass, for the watchdog: this worker is not stuck (WATCHDOG-1).
      words[sequence] += 2;
      const handled = this.scheduler.step(STEP_MESSAGES, yieldedMs + YIELD_MS);
      sinceYield += handled;
      const nowMs = clock.pass();
      this.scheduler.stealing.share(nowMs);
      if (handled === 0 && this.scheduler.idle) {
        // What the replies of this step settled goes on first.
        await Promise.resolve();
        if (!this.scheduler.idle) continue;
        const idleMs = clock.look();
        this.scheduler.stealing.ask(idleMs);
        if (idleMs - yieldedMs < YIELD_MS && this.spinsToWork(idleMs)) continue;
        clock.leave();
        await this.rest();
        sinceYield = 0;
        yieldedMs = clock.look();
      } else if (sinceYield >= YIELD_MESSAGES || nowMs - yieldedMs >= YIELD_MS) {
        clock.leave();
        await immediate();
        sinceYield = 0;
        yieldedMs = clock.look();
      } else {
        // Handlers that wait for a reply of this thread go on here; a microtask costs 41 ns.
        await Promise.resolve();
      }
    }
  }

  /** Ends the loop after its present step. */
  stop(): void {
    this.running = false;
    this.thread.mail.notices.wake(this.thread.index);
  }

  /** Looks for work of other threads for a short while. True if some has come. */
  private spinsToWork(nowMs: number): boolean {
    if (!this.spin.mayIdleSpin()) return false;
    const untilMs = nowMs + SPIN_MS;
    do {
      for (let look = 0; look < LOOKS; look++) if (this.sleeper.hasWork) return true;
    } while (this.thread.clock.monotonicMs() < untilMs);
    return false;
  }

  private async rest(): Promise<void> {
    // Promises and what waits in libuv may make actors runnable without another thread's help.
    await immediate();
    if (!this.scheduler.idle || !this.running) return;
    const { runQueue, notices } = this.thread.mail;
    runQueue.onFirst = () => notices.wake(this.thread.index);
    await this.sleeper.sleep(() => !this.scheduler.idle || !this.running);
    runQueue.onFirst = undefined;
  }
}

function immediate(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
