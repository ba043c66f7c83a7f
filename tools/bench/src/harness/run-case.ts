/** Runs one case: starts every contestant, takes samples in turns (A B A B …) and sums them up. */
import { BenchError } from '../errors.js';
import type { BenchCase, Contestant, Plan, Reading, Running, Size } from './bench-case.js';
import { spreadOf } from './statistics.js';

/** One figure of one subject. */
export interface ResultLine {
  readonly suite: string;
  readonly case: string;
  readonly subject: string;
  readonly metric: string;
  /** The median. */
  readonly value: number;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  /** Work of one sample, and what the least complete sample did of it. */
  readonly intended: number;
  readonly completed: number;
  readonly samples: number;
  readonly min: number;
  readonly max: number;
  readonly check: string;
  readonly note: string;
}

/** A subject that was not measured. */
export interface SkippedLine {
  readonly suite: string;
  readonly case: string;
  readonly subject: string;
  readonly metric: string;
  readonly skipped: string;
}

/** What a case printed, and the sentences of what went wrong. */
export interface CaseResult {
  readonly lines: readonly (ResultLine | SkippedLine)[];
  readonly failures: readonly string[];
}

/** What the command asked for. */
export interface RunOptions {
  readonly size: Size;
  readonly peers: readonly string[];
  readonly samples: number;
}

/** Processor ÷ wall time may exceed the case's threads by this much. */
const CPU_RATIO_SLACK = 0.1;
/** Shorter samples say nothing about it: compilation and clocks weigh too much. */
const CPU_RATIO_SECONDS_MIN = 0.05;

interface Entry {
  readonly contestant: Contestant;
  readonly running: Running;
  readonly readings: Reading[];
}

export async function runCase(bench: BenchCase, options: RunOptions): Promise<CaseResult> {
  const plan = bench.plan(options.size, options.peers);
  const lines: (ResultLine | SkippedLine)[] = [];
  const failures: string[] = [];
  const entries: Entry[] = [];
  const skipped: SkippedLine[] = [];
  try {
    for (const contestant of plan.contestants) {
      const running = await attempt(() => contestant.start(), failures);
      if (running === undefined) continue;
      if ('skipped' in running) {
        skipped.push(...skippedLines(bench, contestant, running.skipped));
      } else {
        entries.push({ contestant, running, readings: [] });
      }
    }
    await sampleInTurns(entries, options.samples, failures);
  } finally {
    await Promise.all(entries.map(({ running }) => running.close()));
  }
  for (const entry of entries) {
    if (entry.readings.length < options.samples) continue;
    lines.push(...resultLines(bench, plan, entry));
    failures.push(...faults(plan, entry));
  }
  lines.push(...skipped);
  const where = `${bench.suite}/${bench.name}`;
  return { lines, failures: failures.map((failure) => `${where}: ${failure}`) };
}

async function sampleInTurns(entries: Entry[], samples: number, failures: string[]): Promise<void> {
  const failed = new Set<Entry>();
  for (let round = 0; round < samples; round++) {
    for (const entry of entries) {
      if (failed.has(entry)) continue;
      const reading = await attempt(() => entry.running.sample(), failures);
      if (reading === undefined) failed.add(entry);
      else entry.readings.push(reading);
    }
  }
}

/** A contestant that fails leaves the others running; the command ends with a failure. */
async function attempt<T>(work: () => Promise<T>, failures: string[]): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    failures.push(error.message);
    return undefined;
  }
}

function skippedLines(bench: BenchCase, contestant: Contestant, skipped: string): SkippedLine[] {
  const [main] = contestant.metrics;
  const { suite, name } = bench;
  const metric = main === undefined ? '' : main.name;
  return [{ suite, case: name, subject: contestant.subject, metric, skipped }];
}

function resultLines(bench: BenchCase, plan: Plan, entry: Entry): ResultLine[] {
  const { contestant, running, readings } = entry;
  return contestant.metrics.map((metric) => {
    const spread = spreadOf(readings.map((reading) => metric.value(reading)));
    return {
      suite: bench.suite,
      case: bench.name,
      subject: contestant.subject,
      metric: metric.name,
      value: spread.median,
      unit: metric.unit,
      better: metric.better,
      intended: plan.intended,
      completed: leastComplete(plan, readings),
      samples: readings.length,
      min: spread.min,
      max: spread.max,
      check: readings.at(-1)?.check ?? '',
      note: `${running.note}; processor ÷ wall time ${cpuRatio(readings).toFixed(2)}`,
    };
  });
}

/** The first count that is not the intended one, or the intended one. */
function leastComplete(plan: Plan, readings: readonly Reading[]): number {
  const odd = readings.find((reading) => reading.completed !== plan.intended);
  return odd === undefined ? plan.intended : odd.completed;
}

function cpuRatio(readings: readonly Reading[]): number {
  return spreadOf(readings.map((reading) => reading.cpuSeconds / reading.seconds)).median;
}

function faults(plan: Plan, entry: Entry): string[] {
  const { subject, threads } = entry.contestant;
  const found: string[] = [];
  const completed = leastComplete(plan, entry.readings);
  if (completed !== plan.intended) {
    found.push(`${subject} completed ${completed} of ${plan.intended} ${plan.work}`);
  }
  const long = entry.readings.filter((reading) => reading.seconds >= CPU_RATIO_SECONDS_MIN);
  const ratio = long.length === 0 ? 0 : cpuRatio(long);
  if (threads !== undefined && ratio > threads + CPU_RATIO_SLACK) {
    const limit = (threads + CPU_RATIO_SLACK).toFixed(1);
    found.push(`${subject} used ${ratio.toFixed(2)} processors; the case allows ${limit}`);
  }
  return found;
}
