import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { AppError, train } from '@ganglion/app';
import type { PlannedKill, RunEvent, TrainOptions, TrainResult } from '@ganglion/app';
import { referenceRun } from '@ganglion/app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// Worker threads import the training script, so it is the compiled one.
const HERE = import.meta.url;
const SMALL = new URL('../../dist/fixtures/small.js', HERE);
const OTHER = new URL('../../dist/fixtures/other.js', HERE);
const GPT = new URL('../../dist/fixtures/tiny-gpt.js', HERE);
const STEPS = 240;

let runs = '';
let expected: Awaited<ReturnType<typeof referenceRun>>;

beforeAll(async () => {
  runs = await mkdtemp(join(tmpdir(), 'ganglion-runs-'));
  const { small } = (await import(SMALL.href)) as typeof import('../fixtures/small.js');
  expected = await referenceRun({ definition: small, kernels: 1, steps: STEPS });
});

afterAll(() => rm(runs, { recursive: true, force: true }));

interface Watched {
  readonly result: TrainResult;
  readonly events: readonly RunEvent[];
}

async function run(options: TrainOptions, script: URL = SMALL): Promise<Watched> {
  const events: RunEvent[] = [];
  const observer = { onEvent: (event: RunEvent): void => void events.push(event) };
  const result = await train(script, { runs, native: false, observer, ...options });
  return { result, events };
}

function hashOf({ result }: Watched): string | undefined {
  return result.summary?.weightsHash;
}

async function refusal(options: TrainOptions, script: URL = SMALL): Promise<AppError> {
  const error: unknown = await run(options, script).then(() => undefined, (reason) => reason);
  if (error instanceof AppError) return error;
  throw new Error('it was not refused', { cause: error });
}

describe('a supervised run', () => {
  it('NUMERICS-N3: gives a GPT the bits of the run without actors, on two workers', async () => {
    const { tinyGpt } = (await import(GPT.href)) as typeof import('../fixtures/tiny-gpt.js');
    const kills = [{ child: 'Model/layers/residual-1', atStep: 20 }];
    const watched = await run({ workers: 2, name: 'gpt', kills }, GPT);
    const { summary, heldOut } = watched.result;
    const { steps = 0, restarts = 0 } = summary ?? {};
    const alone = await referenceRun({ definition: tinyGpt, kernels: 1, steps });
    expect(hashOf(watched)).toBe(alone.weightsHash);
    expect([...heldOut.predictions]).toEqual(alone.predictions);
    expect(summary?.accuracy).toBe(alone.accuracy);
    expect([restarts, heldOut.labels.length]).toEqual([1, 40 * 8]);
    expect(alone.accuracy).toBeGreaterThan(0.6);
  });

  it('NUMERICS-N3: gives the bits of the run without actors, on one worker', async () => {
    const watched = await run({ workers: 1, name: 'one' });
    const { summary, heldOut } = watched.result;
    expect(hashOf(watched)).toBe(expected.weightsHash);
    expect([...heldOut.predictions]).toEqual(expected.predictions);
    expect(summary?.accuracy).toBe(expected.accuracy);
    expect(summary?.steps).toBe(STEPS);
    expect(summary?.restarts).toBe(0);
    expect(expected.accuracy).toBeGreaterThan(0.6);
  });

  it('NUMERICS-N4: gives the same bits on two and on three workers', async () => {
    for (const workers of [2, 3]) {
      const watched = await run({ workers, name: `workers-${workers}` });
      expect(hashOf(watched)).toBe(expected.weightsHash);
      expect(watched.result.summary?.workers).toBe(workers);
    }
  });

  it.each([
    ['layer', 'Model/layers/linear-0'],
    ['loader', 'Data/loader'],
    ['kernel', 'GPU/cpu/kernel-1'],
    ['optimizer', 'Model/optimizer/adamw'],
    ['dataset', 'Data/dataset'],
  ])('NUMERICS-N7: gives the same bits though its %s actor is killed', async (kind, child) => {
    const kills = [{ child, atStep: 20 }, { child, atStep: 77 }];
    const watched = await run({ workers: 2, name: `kill-${kind}`, kills });
    expect(hashOf(watched)).toBe(expected.weightsHash);
    expect(watched.result.summary?.restarts).toBe(2);
    const told = watched.events.filter(({ kind: name }) => name === 'restart' || name === 'back');
    expect(told.map((event) => event.kind)).toEqual(['restart', 'back', 'restart', 'back']);
    expect(told[0]).toMatchObject({ report: { child, reason: 'killed', restarts: 1 } });
    expect(told[3]).toMatchObject({ child, incarnation: 3 });
  });

  it('NUMERICS-N8: links the stage again after a layer actor came back', async () => {
    const kills = [{ child: 'Model/layers/linear-2', atStep: 30 }];
    await run({ workers: 1, name: 'relink', kills });
    const lines = await metricsOf('relink');
    const linked = lines.reduce((sum, line) => sum + Number(line['linked'] ?? 0), 0);
    expect(linked).toBeGreaterThanOrEqual(2);
  });

  it('NUMERICS-N4: logs the same steps and losses in every run', async () => {
    const steps = Array.from({ length: STEPS / 10 }, (_, line) => 10 * (line + 1));
    const lines = steps.map((step) => [
      step, expected.losses.slice(step - 10, step).reduce((sum, loss) => sum + loss, 0) / 10,
    ]);
    const child = 'Model/optimizer/adamw';
    await run({ workers: 2, name: 'logged', kills: [{ child, atStep: 33 }] });
    expect(await lossesOf('logged')).toEqual(lines);
    // A piece ends where the next one has a kill: this run ends in the middle of a line.
    expect(await runUntil('logged-twice', 45, [{ child, atStep: 45 }])).toBe(45);
    await run({ workers: 1, name: 'logged-twice', resume: true });
    expect(await lossesOf('logged-twice')).toEqual(lines);
  });

  it('draws the tree of SPEC', async () => {
    const { result } = await run({ workers: 2, name: 'tree', epochs: 1 });
    const paths: string[] = [];
    const walk = (node: TrainResult['tree'], path: string): void => {
      paths.push(path);
      for (const child of node.children) walk(child, `${path}/${child.id}`);
    };
    walk(result.tree, result.tree.id);
    expect(paths).toEqual([
      'System',
      'System/GPU', 'System/GPU/cpu', 'System/GPU/cpu/kernel-0', 'System/GPU/cpu/kernel-1',
      'System/Data', 'System/Data/dataset', 'System/Data/loader',
      'System/Model', 'System/Model/layers', 'System/Model/layers/linear-0',
      'System/Model/layers/relu-1', 'System/Model/layers/linear-2',
      'System/Model/optimizer', 'System/Model/optimizer/adamw',
    ]);
  });

  it('ends with one sentence when a supervisor gives up', async () => {
    const child = 'Data/loader';
    const kills = Array.from({ length: 30 }, (_, at) => ({ child, atStep: 5 + at }));
    const error = await refusal({ workers: 1, name: 'gave-up', kills });
    expect(error.code).toBe('APP_STEP_FAILED');
    expect(error.message).toMatch(/^(the run failed after step|step) \d+/);
    expect(await readdir(join(runs, 'gave-up'))).not.toContain('summary.json');
  });

  it('refuses a kill of an actor that is not there', async () => {
    const kills = [{ child: 'Model/layers/linear-9', atStep: 1 }];
    const error = await refusal({ name: 'no-actor', kills });
    expect(error.code).toBe('APP_OPTION_INVALID');
    expect(error.message).toMatch(/no actor is at Model\/layers\/linear-9; there are/);
    expect(await readdir(runs)).not.toContain('no-actor');
  });
});

async function metricsOf(name: string): Promise<readonly Record<string, unknown>[]> {
  const text = await readFile(join(runs, name, 'metrics.jsonl'), 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  return text.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Step and loss of the lines that have one. */
async function lossesOf(name: string): Promise<readonly unknown[]> {
  const lines = await metricsOf(name);
  return lines.filter((line) => 'loss' in line).map(({ step, loss }) => [step, loss]);
}

/** Ends a run after the piece in which it passes `step`. */
async function runUntil(
  name: string,
  step: number,
  kills: readonly PlannedKill[] = [],
): Promise<number> {
  const stop = new AbortController();
  const observer = {
    onEvent: (event: RunEvent): void => {
      if (event.kind === 'progress' && event.progress.step >= step) stop.abort();
    },
  };
  const result = await train(SMALL, {
    runs, native: false, workers: 1, name, observer, kills, signal: stop.signal,
  });
  expect(result.summary).toBe(undefined);
  return result.step;
}

describe('a run folder', () => {
  it('holds summary, metrics and one checkpoint, and nothing else', async () => {
    await run({ workers: 1, name: 'folder' });
    expect((await readdir(join(runs, 'folder'))).toSorted()).toEqual([
      'checkpoint', 'metrics.jsonl', 'summary.json',
    ]);
    expect((await readdir(join(runs, 'folder', 'checkpoint'))).toSorted()).toEqual([
      'manifest.json', `step-${STEPS}.safetensors`,
    ]);
    const summary = JSON.parse(await readFile(join(runs, 'folder', 'summary.json'), 'utf8'));
    expect(Object.keys(summary)).toEqual(expect.arrayContaining([
      'accuracy', 'steps', 'restarts', 'seconds', 'weightsHash', 'profile', 'node',
    ]));
    const lines = await metricsOf('folder');
    expect(lines.at(-1)).toMatchObject({ step: STEPS, accuracy: expected.accuracy });
    const epochs = lines.filter((line) => 'accuracy' in line).map((line) => line['epoch']);
    expect(epochs).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('is resumed to the hash of an undisturbed run', async () => {
    const stopped = await runUntil('resumed', 100);
    expect(stopped).toBeLessThan(STEPS);
    expect(await readdir(join(runs, 'resumed'))).not.toContain('summary.json');
    const watched = await run({ workers: 2, name: 'resumed', resume: true });
    expect(watched.events[0]).toMatchObject({ kind: 'started', step: stopped });
    expect(hashOf(watched)).toBe(expected.weightsHash);
    const steps = (await metricsOf('resumed')).map((line) => Number(line['step']));
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
  });

  it('is resumed for more epochs as if it had had them from the start', async () => {
    await run({ workers: 1, name: 'longer', epochs: 5 });
    const watched = await run({ workers: 1, name: 'longer', epochs: 8, resume: true });
    expect(hashOf(watched)).toBe(expected.weightsHash);
  });

  it('is resumed when it is finished, and says the same', async () => {
    const first = await run({ workers: 1, name: 'finished', epochs: 1 });
    const again = await run({ workers: 1, name: 'finished', epochs: 1, resume: true });
    expect(hashOf(again)).toBe(hashOf(first));
    expect(again.result.summary?.accuracy).toBe(first.result.summary?.accuracy);
  });

  it('is not overwritten', async () => {
    await run({ workers: 1, name: 'kept', epochs: 1 });
    const error = await refusal({ workers: 1, name: 'kept' });
    expect(error.code).toBe('APP_RUN_EXISTS');
    expect(error.message).toMatch(/kept exists already; continue it with --resume/);
  });

  it('is not resumed where there is none', async () => {
    const error = await refusal({ name: 'never', resume: true });
    expect(error.code).toBe('APP_RUN_MISSING');
    expect(await readdir(runs)).not.toContain('never');
  });

  it('RUN-3: belongs to one process at a time', async () => {
    await run({ workers: 1, name: 'busy', epochs: 1 });
    // The parent of this process lives as long as it does.
    await writeFile(join(runs, 'busy', 'running'), `${process.ppid}\n`);
    const error = await refusal({ name: 'busy', resume: true });
    expect(error.code).toBe('APP_RUN_BUSY');
    expect(error.message).toContain(`process ${process.ppid}`);
    await writeFile(join(runs, 'busy', 'running'), '999999999\n');
    const { result } = await run({ workers: 1, name: 'busy', epochs: 1, resume: true });
    expect(result.summary?.steps).toBe(30);
    expect(await readdir(join(runs, 'busy'))).not.toContain('running');
  });

  it('NUMERICS-N6: is refused with another definition, profile or fewer epochs', async () => {
    await run({ workers: 1, name: 'match', epochs: 2 });
    const other = await refusal({ name: 'match', resume: true }, OTHER);
    expect(other.code).toBe('APP_CHECKPOINT_MISMATCH');
    expect(other.message).toMatch(/was trained with another definition/);
    const fewer = await refusal({ name: 'match', resume: true, epochs: 1 });
    expect(fewer.message).toMatch(/has taken 60 steps, 1 epochs are 30/);
    const path = join(runs, 'match', 'checkpoint', 'manifest.json');
    const manifest = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...manifest, profile: 'bf16' }));
    const profile = await refusal({ name: 'match', resume: true });
    expect(profile.message).toMatch(/profile bf16, this machine would go on with plain-f32/);
  });

  it('is refused with a corrupt checkpoint, which stays as it is', async () => {
    await run({ workers: 1, name: 'corrupt', epochs: 1 });
    const path = join(runs, 'corrupt', 'checkpoint', 'step-30.safetensors');
    const cut = (await readFile(path)).subarray(0, -10);
    await writeFile(path, cut);
    const error = await refusal({ name: 'corrupt', resume: true });
    expect(error.code).toBe('APP_CHECKPOINT_CORRUPT');
    expect(error.message).toMatch(/step-30.safetensors is corrupt: its SHA-256 is/);
    expect(await readFile(path)).toEqual(cut);
  });
});

describe('bad input', () => {
  const misspelt: object = { wrokers: 2 };
  it.each([
    ['a name that is a path', { name: '../x' }, 'APP_OPTION_INVALID', /name is "\.\.\/x"/],
    ['no workers', { workers: 0 }, 'APP_OPTION_INVALID', /workers is 0, it must be .* 1 to 1024/],
    ['an unknown option', misspelt, 'APP_OPTION_INVALID', /train has no option wrokers/],
    ['kernels that are not there', { native: '@ganglion/nothing', name: 'bad' },
      'APP_DEVICE_UNAVAILABLE', /native kernels of @ganglion\/nothing cannot be loaded/],
  ] as const)('refuses %s', async (_, options: TrainOptions, code, message) => {
    const error = await refusal(options);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it.each([
    ['no-definition', new URL('../../dist/fixtures/no-definition.js', HERE),
      'APP_DEFINITION_INVALID', /exports 0 training definitions/],
    ['two-definitions', new URL('../../dist/fixtures/two-definitions.js', HERE),
      'APP_DEFINITION_INVALID', /exports 2 training definitions/],
    ['wrong-shape', new URL('../../dist/fixtures/wrong-shape.js', HERE),
      'APP_SHAPE_MISMATCH', /linear-1: linear\(9, 4\) is given .* \(20\), it takes/],
    ['wrong-labels', new URL('../../dist/fixtures/wrong-labels.js', HERE),
      'APP_DATA_INVALID', /sample 3 has the label 7, it must be from 0 to 1/],
    ['nothing-there', new URL('../../dist/fixtures/nothing-there.js', HERE),
      'APP_DEFINITION_INVALID', /cannot import the training script/],
  ])('refuses the script %s and leaves no folder', async (name, url, code, message) => {
    const error = await refusal({ name, workers: 1 }, url);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(await readdir(runs)).not.toContain(name);
  });
});
