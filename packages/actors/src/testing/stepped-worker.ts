/** A scheduler worker without a thread and without a loop: it does what it is told to. */
import type { ActorThread } from '../thread.js';
import { INITIAL_REDUCTIONS } from '../limits.js';
import { Sleeper } from '../sleeper.js';
import type { Scheduler } from '../worker/scheduler.js';
import type { SteppedEnd } from './end.js';

/** See the file's header. */
export class SteppedWorker implements SteppedEnd {
  readonly name: string;
  readonly thread: ActorThread;
  readonly scheduler: Scheduler;
  readonly #sleeper: Sleeper;

  constructor(worker: number, thread: ActorThread, scheduler: Scheduler) {
    this.name = `worker ${worker}`;
    this.thread = thread;
    this.scheduler = scheduler;
    this.#sleeper = new Sleeper(thread);
  }

  get hasWork(): boolean {
    return !this.scheduler.idle || this.#sleeper.hasWork;
  }

  /** A pass of the loop with a turn of one message, in which it may ask for actors. */
  step(): void {
    this.stepMessage();
    const nowMs = this.thread.clock.monotonicMs();
    this.scheduler.stealing.share(nowMs);
    if (this.scheduler.idle) this.scheduler.stealing.ask(nowMs);
  }

  /** Handles at most one message; how many. */
  stepMessage(): number {
    const { scheduler } = this;
    scheduler.reductions = 1;
    try {
      return scheduler.step(1);
    } finally {
      scheduler.reductions = INITIAL_REDUCTIONS;
    }
  }
}
