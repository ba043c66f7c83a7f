import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { train } from '@ganglion/app';
import type { RunEvent } from '@ganglion/app';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

/**
 * The hash of the weights over instruction sets and workers (NUMERICS). Worker threads take their
 * level from the environment.
 */

const VARIABLE = 'GANGLION_CPU_LEVEL';
const GPT = new URL('../../dist/fixtures/tiny-gpt.js', import.meta.url);

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
  it('gives one hash on 1, 2 and 4 workers', async () => {
    const hashes = new Map<string, string | undefined>();
    for (const level of levels) {
      process.env[VARIABLE] = level;
      for (const workers of [1, 2, 4]) {
        const devices: string[] = [];
        const onEvent = (event: RunEvent): void => {
          if (event.kind === 'started') devices.push(event.device);
        };
        const name = `${level}-${workers}`;
        const options = { runs, workers, name, epochs: 1, observer: { onEvent } };
        const { summary } = await train(GPT, options);
        expect(devices).toEqual([`native ${level}`]);
        hashes.set(name, summary?.weightsHash);
      }
    }
    expect(hashes.size).toBe(3 * levels.length);
    expect([...new Set(hashes.values())]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });

  it('refuses a level that this machine does not run', async () => {
    process.env[VARIABLE] = 'mmx';
    await expect(train(GPT, { runs, workers: 1, name: 'unknown' })).rejects.toThrow(
      /native kernels of @ganglion\/native cannot be loaded: GANGLION_CPU_LEVEL is 'mmx'/,
    );
  });
});
