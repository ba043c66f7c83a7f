/**
 * Ganglion's side of the train suite, through the app's trainer with default shards. Arguments:
 * name of the training script, workers, steps of a sample, size of the case. A sample is a run of
 * one pass over the data in a folder of its own, timed from the first progress after WARMUP of its
 * steps to the last step.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { train } from '@ganglion/app';
import type { RunEvent, TrainSummary } from '@ganglion/app/contract';
import { watchPeak } from '../../child/resident.js';
import { serveSamples } from '../../child/serve-samples.js';

const SCRIPTS: Readonly<Record<string, URL>> = {
  mlp: new URL('./mlp.js', import.meta.url),
  chargpt: new URL('./chargpt.js', import.meta.url),
};

const name = process.argv[2] ?? '';
const workers = Number(process.argv[3]);
const steps = Number(process.argv[4]);
const WARMUP = 0.25;
const ATTEMPTS_MAX = 20;
const script = SCRIPTS[name];
if (script === undefined) throw new Error(`no training script ${name}`);
script.searchParams.set('steps', String(steps));
script.searchParams.set('size', process.argv[5] ?? 'full');

/** What is seen of a run. */
interface Seen {
  /** Of the steps that are timed. */
  readonly start: Mark;
  readonly end: Mark;
  readonly losses: readonly number[];
  readonly peakMemoryMiB: number;
  readonly device: string;
  readonly weightsHash: string;
}

interface Mark {
  readonly ms: number;
  readonly cpuMs: number;
  readonly step: number;
}

function mark(step: number): Mark {
  const { user, system } = process.cpuUsage();
  return { ms: performance.now(), cpuMs: (user + system) / 1_000, step };
}

/** A small run may be over before this thread hears of it twice; it is repeated then. */
async function runOnce(): Promise<Seen> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const seen = await runAndWatch();
    if (seen !== undefined) return seen;
  }
  throw new Error('the run told of no steps');
}

async function runAndWatch(): Promise<Seen | undefined> {
  const runs = await mkdtemp(join(tmpdir(), 'ganglion-bench-'));
  const losses: number[] = [];
  let peak: (() => number) | undefined;
  let peakMemoryMiB = 0;
  let device = '';
  let start: Mark | undefined;
  let end: Mark | undefined;
  const onEvent = (event: RunEvent): void => {
    if (event.kind === 'started') {
      device = event.device;
      peak = watchPeak();
    } else if (event.kind === 'progress' && peak !== undefined) {
      const { step, loss } = event.progress;
      losses.push(loss);
      if (step < WARMUP * steps) return;
      if (start === undefined) start = mark(step);
      else end = mark(step);
      peakMemoryMiB = peak();
    }
  };
  let summary: TrainSummary | undefined;
  try {
    ({ summary } = await train(script.href, { workers, runs, name, observer: { onEvent } }));
  } finally {
    await rm(runs, { recursive: true });
  }
  if (start === undefined || end === undefined || summary === undefined) return undefined;
  return { start, end, losses, peakMemoryMiB, device, weightsHash: summary.weightsHash };
}

const warmup = await runOnce();

await serveSamples({
  note: `${warmup.device}, ${workers} worker${workers === 1 ? '' : 's'}`,
  run: runOnce,
  judge: ({ start, end, losses, weightsHash }) => {
    const [first = Number.NaN] = losses;
    const last = losses.at(-1) ?? Number.NaN;
    if (!(last < first)) return { refused: `the loss did not fall: ${first} to ${last}` };
    const check = `weights ${weightsHash.slice(0, 16)}`;
    return {
      seconds: (end.ms - start.ms) / 1_000,
      cpuSeconds: (end.cpuMs - start.cpuMs) / 1_000,
      completed: end.step,
      check,
      figures: {
        timedSteps: end.step - start.step,
        // Later runs find memory that earlier ones gave back to the allocator, not to the system.
        peakMemoryMiB: warmup.peakMemoryMiB,
      },
    };
  },
  stop: () => Promise.resolve(),
});
