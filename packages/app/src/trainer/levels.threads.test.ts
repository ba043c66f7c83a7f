import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

import { train } from '@ganglion/app';
import type { RunEvent } from '@ganglion/app';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

/**
 * The hash of the weights over instruction sets, workers and threads (NUMERICS). Workers take their
 * level from the environment.
 */

const VARIABLE = 'GANGLION_CPU_LEVEL';
const GPT = new URL('../../dist/fixtures/wide-gpt.js', import.meta.url);

/** Levels that this machine runs, or why there are none. */
async function levelsHere(): Promise<readonly string[] | string> {
  const specifier = '@ganglion/native';
  try {
    const { native } = (await import(specifier)) as {
      native(): { kernels: { levels: readonly string[] } };
    };
    return native().kernels.levels;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface Case {
  readonly level: string;
  readonly workers: number;
  readonly threads: number;
}

/** levels.test.ts has every combination, on one thread of JavaScript. */
function cases(): readonly Case[] {
  const pairs = [[1, 1], [2, 2], [4, 3]] as const;
  return levels.flatMap((level) =>
    pairs.map(([workers, threads]) => ({ level, workers, threads })),
  );
}

const found = await levelsHere();
const levels = typeof found === 'string' ? [] : found;
const before = process.env[VARIABLE];
let runs = '';
beforeAll(async () => {
  runs = await mkdtemp(join(tmpdir(), 'ganglion-levels-'));
});
afterAll(async () => {
  if (before === undefined) delete process.env[VARIABLE];
  else process.env[VARIABLE] = before;
  await rm(runs, { recursive: true, force: true });
});

beforeEach(({ skip }) => skip(typeof found === 'string', String(found)));

describe('NUMERICS-N6: each level in turn, named in the environment', () => {
  it('gives one hash on 1, 2 and 4 workers, of 1, 2 and 3 threads', async () => {
    const hashes = new Map<string, string | undefined>();
    for (const { level, workers, threads } of cases()) {
      process.env[VARIABLE] = level;
      const devices: string[] = [];
      const onEvent = (event: RunEvent): void => {
        if (event.kind === 'started') devices.push(event.device);
      };
      const name = `${level}-${workers}-${threads}`;
      const { summary } = await train(GPT, {
        runs, workers, threads, oversubscribe: true, name, epochs: 1, observer: { onEvent },
      });
      const title = threads === 1 ? level : `${level} on ${threads} threads`;
      expect(devices).toEqual([`native ${title}`]);
      hashes.set(name, summary?.weightsHash);
    }
    expect(hashes.size).toBe(3 * levels.length);
    expect([...new Set(hashes.values())]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });

  it('refuses more helpers than there are CPUs, and any without kernels', async () => {
    delete process.env[VARIABLE];
    const cpus = availableParallelism();
    const options = { runs, workers: cpus, threads: 2, name: 'many' };
    await expect(train(GPT, options)).rejects.toThrow(
      `${cpus} workers of 2 threads are more than the ${cpus} CPUs of this machine: ` +
        'oversubscribe allows it',
    );
    await expect(train(GPT, { ...options, workers: 1, native: false })).rejects.toThrow(
      'threads is 2: plain TypeScript computes on one thread',
    );
    await expect(train(GPT, { ...options, threads: 0 })).rejects.toThrow(/threads is 0/);
  });

  it('refuses a level that this machine does not run', async () => {
    process.env[VARIABLE] = 'mmx';
    await expect(train(GPT, { runs, workers: 1, name: 'unknown' })).rejects.toThrow(
      /native kernels of @ganglion\/native cannot be loaded: GANGLION_CPU_LEVEL is 'mmx'/,
    );
  });
});
