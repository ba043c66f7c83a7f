/**
 * The control thread of a stepped system, and the two directions of its port. Messages are copied
 * as a port copies them, and come in order.
 */
import { Control } from '../control/control.js';
import { SystemBlock } from '../layouts.js';
import { actorSystemDefaults } from '../options.js';
import type { FromControl, ToControl } from '../protocol.js';
import { Sleeper } from '../sleeper.js';
import type { ActorThread } from '../thread.js';
import type { SystemEvent } from '../contract/system.js';
import { Trees } from '../tree/trees.js';
import type { SteppedEnd } from './end.js';

/** What it is made of. */
export interface SteppedControlParts {
  readonly main: ActorThread;
  /** Of the control thread. */
  readonly thread: ActorThread;
  readonly takeWorker: () => number;
  readonly onEvent: (event: SystemEvent) => void;
}

/** See the file's header. */
export class SteppedControl {
  readonly trees: Trees;
  readonly ends: readonly SteppedEnd[];
  readonly #control: Control;
  readonly #sleeper: Sleeper;
  readonly #reports: number;
  readonly #words: Int32Array;
  readonly #onEvent: (event: SystemEvent) => void;
  readonly #toControl: ToControl[] = [];
  readonly #toMain: FromControl[] = [];

  constructor({ main, thread, takeWorker, onEvent }: SteppedControlParts) {
    const { memory, askTimeoutMs } = thread;
    const { checks, turnReportMs, turnLimitMs, stackMiB, workerHeapMiB } = actorSystemDefaults;
    const { sizes, region } = memory;
    const { buffer } = region;
    const arenas: readonly never[] = [];
    const outside = { pinning: undefined, scheduler: undefined, tracer: undefined };
    const fixed = { sizes, buffer, arenas, seed: 0, askTimeoutMs, checks, outside, cpus: [] };
    this.#onEvent = onEvent;
    this.#words = thread.words;
    this.#reports = region.plan.sections.system.word + SystemBlock.word.reportStack;
    this.#sleeper = new Sleeper(thread);
    this.trees = new Trees({
      thread: main,
      takeWorker,
      checkRunning: () => undefined,
      post: (requests) => this.#toControl.push(structuredClone({ kind: 'requests', requests })),
    });
    this.#control = new Control({
      data: { ...fixed, turnReportMs, turnLimitMs, stackMiB, workerHeapMiB },
      thread,
      threads: { cpuCount: 1, start: startsNone },
      workerEntry: new URL('none:'),
      post: (message) => this.#toMain.push(structuredClone(message)),
    });
    this.ends = [
      { name: 'control', has: () => this.#controlHasWork(), step: () => this.#stepControl() },
      { name: 'news', has: () => this.#toMain.length > 0, step: () => this.#receive() },
    ].map(({ name, has, step }) => ({
      name,
      step,
      get hasWork(): boolean {
        return has();
      },
    }));
  }

  #controlHasWork(): boolean {
    return (
      this.#toControl.length > 0 ||
      this.#sleeper.hasWork ||
      Atomics.load(this.#words, this.#reports) !== 0
    );
  }

  #stepControl(): void {
    const message = this.#toControl.shift();
    if (message === undefined) this.#control.step();
    else this.#control.receive(message);
  }

  #receive(): void {
    const message = this.#toMain.shift();
    if (message?.kind === 'news') this.trees.apply(message.news);
    if (message?.kind === 'event') this.#onEvent(message.event);
  }
}

function startsNone(): never {
  throw new RangeError('a stepped system starts no threads');
}
