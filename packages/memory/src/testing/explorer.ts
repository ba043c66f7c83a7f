/**
 * Runs shipped lock-free code under every interleaving within a bound (ACTORS-P1).
 *
 * Owns the schedules. A thread is a function over the words; between two of its accesses any other
 * thread may run, and the thread may die. The search is depth first, bounded by the number of
 * preemptions (switches away from a thread that could go on; Musuvathi and Qadeer, PLDI 2007) and
 * of deaths.
 *
 * JavaScript cannot suspend a function, so a thread that was switched away from is run again from
 * its start, its past accesses answered from a log. Threads must therefore be functions of nothing
 * but what they read.
 *
 * EXPLORER-1: every schedule within the bounds is run once, always in the same order. Threads
 * switch before atomic accesses and before plain ones of words that may race: elsewhere a switch
 * changes nothing that any thread can see, because races are failures. Deaths come before every
 * access.
 * EXPLORER-2: a thread that makes `stepsMax` accesses while the others stand still fails the
 * exploration: lock-free code finishes alone.
 * EXPLORER-3: races between plain accesses are failures (race-detector.ts) except on words that the
 * scenario names.
 */
import { instrumentWords, withInstrumentedAtomics } from './instrumented-words.js';
import type { Access } from './instrumented-words.js';
import { RaceDetector } from './race-detector.js';

/** What a thread is given beside the words. */
export interface ThreadContext {
  /** Records a value that `check` sees; kept if the thread dies later. */
  note(value: number): void;
  /** Runs one operation and records when it began and ended and what it returned. */
  call(name: string, args: readonly number[], run: () => number | boolean | void): void;
}

/** An operation in a schedule. `from` and `to` are the numbers of its first and last access. */
export interface Call {
  readonly thread: number;
  readonly name: string;
  readonly args: readonly number[];
  readonly from: number;
  /** Infinity if the thread died inside. */
  readonly to: number;
  /** Undefined if the operation returned nothing or its thread died inside. */
  readonly result: number | boolean | undefined;
}

/** What a finished schedule left. */
export interface Outcome {
  /** The words, for sequential use of the same functions. */
  readonly words: Int32Array;
  readonly notes: readonly (readonly number[])[];
  readonly calls: readonly Call[];
  readonly died: readonly boolean[];
}

/** What is explored. */
export interface Scenario {
  readonly wordCount: number;
  /** Prepares the words, once, before all schedules. */
  setup?(words: Int32Array): void;
  readonly threads: readonly ((words: Int32Array, context: ThreadContext) => void)[];
  /** A further thread, the last, that starts when another has died and knows of all that it did. */
  recover?(words: Int32Array, context: ThreadContext, dead: number): void;
  /** Fails by throwing. */
  check(outcome: Outcome): void;
  /** Words whose plain accesses may race, with a reason where the scenario is written. */
  mayRace?(word: number): boolean;
}

/** Bounds of the search. */
export interface ExplorerOptions {
  /** @default 2 */
  readonly preemptions?: number;
  /** @default 0 */
  readonly deaths?: number;
  /** @default 2,000 */
  readonly stepsMax?: number;
  /** @default 1,000,000 */
  readonly schedulesMax?: number;
}

/** Defaults of `explore`. */
export const explorerDefaults: Readonly<Required<ExplorerOptions>> = Object.freeze({
  preemptions: 2, deaths: 0, stepsMax: 2_000, schedulesMax: 1_000_000,
});

/** How much was explored. */
export interface Exploration {
  readonly schedules: number;
  readonly accesses: number;
}

/** A schedule that failed; the message lists its last accesses. */
export class ScheduleError extends Error {}

type Status = 'ready' | 'waiting' | 'done' | 'dead';

interface Step {
  readonly thread: number;
  readonly operation: string;
  readonly word: number;
  readonly old: number;
  readonly value: number;
  readonly previous: Step | undefined;
}

interface LoggedAccess {
  readonly value: number;
  /** Its number in the schedule. */
  readonly at: number;
}

interface LoggedCall {
  readonly name: string;
  readonly args: readonly number[];
  /** Number of the thread's first access in the call, counted in the thread. */
  readonly first: number;
  /** One after its last access; undefined while it runs. */
  readonly end: number | undefined;
  readonly result: number | boolean | undefined;
}

/** Everything that a branch of the search needs to go on. */
interface Branch {
  /** Values of the words that were touched, by the names that `Search` gives them. */
  readonly values: number[];
  readonly logs: LoggedAccess[][];
  readonly notes: number[][];
  readonly calls: LoggedCall[][];
  readonly status: Status[];
  readonly races: RaceDetector;
  next: number;
  dead: number;
  preemptions: number;
  deaths: number;
  accesses: number;
  last: Step | undefined;
}

/**
 * Explores a scenario.
 * @throws ScheduleError at the first schedule whose check throws, that races, or that does not end.
 */
export function explore(scenario: Scenario, options: ExplorerOptions = {}): Exploration {
  const bounds = { ...explorerDefaults, ...options };
  const image = new Int32Array(scenario.wordCount);
  scenario.setup?.(image);
  const search = new Search(scenario, bounds, image);
  return withInstrumentedAtomics(() => search.run());
}

class Search {
  readonly #scenario: Scenario;
  readonly #bounds: Required<ExplorerOptions>;
  readonly #image: Int32Array;
  readonly #pending: Branch[];
  /** Words touched in any schedule get small names, so that a branch is small. */
  readonly #names: Map<number, number>;
  #schedules: number;
  #accesses: number;

  constructor(scenario: Scenario, bounds: Required<ExplorerOptions>, image: Int32Array) {
    this.#scenario = scenario;
    this.#bounds = bounds;
    this.#image = image;
    this.#pending = [];
    this.#names = new Map();
    this.#schedules = 0;
    this.#accesses = 0;
  }

  run(): Exploration {
    this.#switchFrom(this.#start(), 0);
    for (let branch = this.#pending.pop(); branch !== undefined; branch = this.#pending.pop()) {
      this.#runThread(branch);
      this.#switchFrom(branch, branch.preemptions);
    }
    return { schedules: this.#schedules, accesses: this.#accesses };
  }

  #start(): Branch {
    const { threads, recover } = this.#scenario;
    const count = threads.length + (recover === undefined ? 0 : 1);
    const lists = <T>(): T[][] => Array.from({ length: count }, () => []);
    return {
      values: [],
      logs: lists(), notes: lists(), calls: lists(),
      status: Array.from({ length: count }, (_, i) => (i < threads.length ? 'ready' : 'waiting')),
      races: RaceDetector.start(count),
      next: 0, dead: -1, preemptions: 0, deaths: 0, accesses: 0, last: undefined,
    };
  }

  /** Queues a branch for each thread that may run next; ends the schedule if there is none. */
  #switchFrom(branch: Branch, preemptions: number, except = -1): void {
    let queued = 0;
    for (const [thread, status] of branch.status.entries()) {
      if (status !== 'ready' || thread === except) continue;
      this.#pending.push({ ...fork(branch), next: thread, preemptions });
      queued += 1;
    }
    if (queued === 0 && except < 0) this.#finish(branch);
  }

  #runThread(branch: Branch): void {
    const thread = branch.next;
    const log = branch.logs[thread].slice();
    const replayed = log.length;
    branch.logs[thread] = log;
    branch.notes[thread] = [];
    branch.calls[thread] = [];
    let position = 0;
    const words = instrumentWords(this.#image, (access) => {
      position += 1;
      if (position <= replayed) return log[position - 1].value;
      this.#offerBranches(branch, access, position > replayed + 1);
      return this.#perform(branch, access, position - replayed);
    });
    const context = contextOf(branch, thread, () => position);
    try {
      if (thread < this.#scenario.threads.length) this.#scenario.threads[thread](words, context);
      else this.#scenario.recover?.(words, context, branch.dead);
    } catch (cause) {
      if (cause instanceof ScheduleError) throw cause;
      throw this.#failure(branch, `thread ${thread} threw`, cause);
    }
    branch.status[thread] = 'done';
  }

  /** Queues what else could happen before the access at hand: a switch, the death of the thread. */
  #offerBranches(branch: Branch, access: Access, preemptible: boolean): void {
    const thread = branch.next;
    const visible = !access.plain || this.#scenario.mayRace?.(access.word) === true;
    if (visible && preemptible && branch.preemptions < this.#bounds.preemptions) {
      this.#switchFrom(branch, branch.preemptions + 1, thread);
    }
    const mortal = thread < this.#scenario.threads.length;
    if (mortal && branch.deaths < this.#bounds.deaths) {
      const dead = fork(branch);
      dead.status[thread] = 'dead';
      dead.dead = thread;
      dead.deaths += 1;
      const end = { operation: 'dies before', word: access.word, old: 0, value: 0 };
      dead.last = { thread, ...end, previous: dead.last };
      const recovery = this.#scenario.threads.length;
      if (this.#scenario.recover !== undefined) {
        if (dead.status[recovery] === 'waiting') dead.status[recovery] = 'ready';
        dead.races.observeEnd(recovery, thread);
      }
      this.#switchFrom(dead, dead.preemptions);
    }
  }

  #perform(branch: Branch, access: Access, steps: number): number {
    const thread = branch.next;
    const { word, operation, write } = access;
    if (word < 0 || word >= this.#image.length) {
      throw this.#failure(branch, `${operation} of word ${word}, outside`);
    }
    const name = this.#nameOf(word);
    const old = branch.values[name] ?? this.#image[word];
    const value = write === undefined ? old : write(old);
    const wrote = write !== undefined && !(operation === 'compareExchange' && value === old);
    branch.last = { thread, operation, word, old, value, previous: branch.last };
    branch.values[name] = value;
    branch.accesses += 1;
    this.#accesses += 1;
    branch.logs[thread].push({ value: old, at: branch.accesses });
    const rival = branch.races.record(thread, name, access, wrote);
    if (rival >= 0 && this.#scenario.mayRace?.(word) !== true) {
      throw this.#failure(branch, `threads ${rival} and ${thread} race for word ${word}`);
    }
    if (steps >= this.#bounds.stepsMax) {
      throw this.#failure(branch, `thread ${thread} does not finish alone in ${steps} accesses`);
    }
    return old;
  }

  #nameOf(word: number): number {
    const known = this.#names.get(word);
    if (known !== undefined) return known;
    this.#names.set(word, this.#names.size);
    return this.#names.size - 1;
  }

  #finish(branch: Branch): void {
    this.#schedules += 1;
    if (this.#schedules > this.#bounds.schedulesMax) {
      throw this.#failure(branch, `over ${this.#bounds.schedulesMax} schedules; lower a bound`);
    }
    const words = instrumentWords(this.#image, ({ word, write }) => {
      const name = this.#nameOf(word);
      const old = branch.values[name] ?? this.#image[word];
      if (write !== undefined) branch.values[name] = write(old);
      return old;
    });
    const died = branch.status.map((status) => status === 'dead');
    try {
      this.#scenario.check({ words, notes: branch.notes, calls: callsOf(branch), died });
    } catch (cause) {
      throw this.#failure(branch, 'the check failed', cause);
    }
  }

  #failure(branch: Branch, what: string, cause?: unknown): ScheduleError {
    const steps: string[] = [];
    for (let step = branch.last; step !== undefined && steps.length < 80; step = step.previous) {
      const { thread, operation, word, old, value } = step;
      const change = old === value ? `= ${old}` : `${old} → ${value}`;
      steps.push(`  thread ${thread}: ${operation} [${word}] ${change}`);
    }
    const reason = cause instanceof Error ? `: ${cause.message}` : '';
    const title = `schedule ${this.#schedules + 1}: ${what}${reason}`;
    return new ScheduleError([title, ...steps.toReversed()].join('\n'), { cause });
  }
}

/** Copies what the running thread changes. What the others have left is shared: it stays so. */
function fork(branch: Branch): Branch {
  const { next } = branch;
  return {
    ...branch,
    values: branch.values.slice(),
    logs: withCopy(branch.logs, next),
    notes: withCopy(branch.notes, next),
    calls: withCopy(branch.calls, next),
    status: branch.status.slice(),
    races: branch.races.fork(),
  };
}

function withCopy<T>(lists: readonly T[][], index: number): T[][] {
  const copy = lists.slice();
  copy[index] = lists[index].slice();
  return copy;
}

function contextOf(branch: Branch, thread: number, position: () => number): ThreadContext {
  return {
    note: (value) => { branch.notes[thread].push(value); },
    call(name, args, run) {
      const calls = branch.calls[thread];
      const index = calls.length;
      const first = position();
      calls.push({ name, args, first, end: undefined, result: undefined });
      const result = run();
      const plain = typeof result === 'number' || typeof result === 'boolean' ? result : undefined;
      calls[index] = { name, args, first, end: position(), result: plain };
    },
  };
}

/** Calls that made no access had no effect on the words and are left out. */
function callsOf(branch: Branch): Call[] {
  const calls: Call[] = [];
  for (const [thread, logged] of branch.calls.entries()) {
    const log = branch.logs[thread];
    for (const { name, args, first, end, result } of logged) {
      if (first >= log.length || end === first) continue;
      const to = end === undefined ? Infinity : log[end - 1].at;
      calls.push({ thread, name, args, from: log[first].at, to, result });
    }
  }
  return calls;
}
