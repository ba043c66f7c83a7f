import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { meanLoss } from '../batch-loss.js';
import { StepRate } from './rate.js';
import { freeName, RunFolder } from './run-folder.js';

let runs = '';

beforeAll(async () => {
  runs = await mkdtemp(join(tmpdir(), 'ganglion-folder-'));
});

afterAll(() => rm(runs, { recursive: true, force: true }));

describe('run folder', () => {
  it('makes nothing until something is written', async () => {
    const folder = new RunFolder({ runs, name: 'quiet' });
    expect(await folder.exists()).toBe(false);
    await folder.writeSummary({ accuracy: 1 });
    expect(await folder.exists()).toBe(true);
    expect(JSON.parse(await readFile(join(runs, 'quiet', 'summary.json'), 'utf8'))).toEqual({
      accuracy: 1,
    });
  });

  it('RUN-2: a resumed run keeps the whole lines up to its step', async () => {
    const folder = new RunFolder({ runs, name: 'torn' });
    await folder.beginMetrics(0);
    await folder.appendMetrics([{ step: 1, loss: 3 }, { step: 2, loss: 2 }]);
    await folder.appendMetrics([{ step: 3, loss: 1 }]);
    const path = join(runs, 'torn', 'metrics.jsonl');
    await writeFile(path, `${await readFile(path, 'utf8')}{"step":1,"lo`);
    await folder.beginMetrics(2);
    await folder.appendMetrics([{ step: 3, loss: 9 }]);
    expect(await readFile(path, 'utf8')).toBe(
      '{"step":1,"loss":3}\n{"step":2,"loss":2}\n{"step":3,"loss":9}\n');
    await folder.beginMetrics(0);
    expect(await readFile(path, 'utf8')).toBe('');
  });

  it('ends metrics.jsonl where it is full, and leaves no gap in it', async () => {
    const folder = new RunFolder({ runs, name: 'full', metricsBytesMax: 40 });
    await folder.beginMetrics(0);
    expect(await folder.appendMetrics([{ step: 1, loss: 3 }])).toBe(true);
    expect(await folder.appendMetrics([{ step: 2, loss: 'x'.repeat(20) }])).toBe(false);
    expect(await folder.appendMetrics([{ step: 3, loss: 1 }])).toBe(false);
    const path = join(runs, 'full', 'metrics.jsonl');
    expect(await readFile(path, 'utf8')).toBe('{"step":1,"loss":3}\n');
    const resumed = new RunFolder({ runs, name: 'full', metricsBytesMax: 40 });
    await resumed.beginMetrics(1);
    expect(await resumed.appendMetrics([{ step: 2, loss: 2 }])).toBe(true);
    expect(await resumed.appendMetrics([{ step: 3, loss: 1 }])).toBe(false);
  });

  it('finds a name that is free', async () => {
    expect(await freeName({ runs, name: 'demo' })).toBe('demo');
    await new RunFolder({ runs, name: 'demo' }).writeSummary({});
    await new RunFolder({ runs, name: 'demo-2' }).writeSummary({});
    expect(await freeName({ runs, name: 'demo' })).toBe('demo-3');
  });

  it.each(['', '.', '..', '.x', 'a/b', 'a b', 'x'.repeat(65)])('refuses the name %j', (name) => {
    expect(() => new RunFolder({ runs, name })).toThrow(/name is ".*", it must be 1 to 64/);
  });

  it('RUN-3: gives the folder back', async () => {
    const folder = new RunFolder({ runs, name: 'locked' });
    const release = await folder.lock();
    expect(await folder.exists()).toBe(true);
    await release();
    expect(await folder.exists()).toBe(false);
  });

  it('RUN-3: is given to one of two in a process as well', async () => {
    const release = await new RunFolder({ runs, name: 'twice' }).lock();
    const second = new RunFolder({ runs, name: 'twice' });
    await expect(second.lock()).rejects.toMatchObject({
      code: 'APP_RUN_BUSY',
      message: `the run ${second.shown} is being trained by process ${process.pid}; wait for it ` +
        'or choose another name',
    });
    await release();
    await (await second.lock())();
  });

  it('APP_OPTION_INVALID: says why it cannot be made', async () => {
    await writeFile(join(runs, 'file'), '');
    const folder = new RunFolder({ runs: join(runs, 'file'), name: 'x' });
    const sentence = /^the run's folder .*x cannot be written: .*ENOTDIR/;
    await expect(folder.lock()).rejects.toMatchObject({
      code: 'APP_OPTION_INVALID', message: expect.stringMatching(sentence) as string,
    });
  });
});

describe('step rate', () => {
  it('looks back over the last seconds', () => {
    const rate = new StepRate();
    expect(rate.stepsPerSecond).toBe(0);
    rate.mark(0, 0);
    expect(rate.stepsPerSecond).toBe(0);
    rate.mark(49, 999);
    expect(rate.isSteady).toBe(false);
    rate.mark(50, 1_000);
    expect(rate.stepsPerSecond).toBe(50);
    expect(rate.isSteady).toBe(true);
    for (let second = 2; second <= 20; second += 1) rate.mark(50 + 10 * second, second * 1_000);
    expect(rate.stepsPerSecond).toBe(10);
  });
});

describe('mean loss', () => {
  it('NUMERICS-N4: depends on the shards and on nothing else', () => {
    const losses = Float32Array.from({ length: 37 }, (_, at) => Math.sin(at) + 2);
    const exact = losses.reduce((sum, loss) => sum + loss) / 37;
    const whole = meanLoss(losses, [0, 37]);
    const quarters = meanLoss(losses, [0, 10, 19, 28, 37]);
    expect(whole).toBeCloseTo(exact, 5);
    expect(quarters).toBeCloseTo(exact, 5);
    expect(Math.fround(quarters)).toBe(quarters);
    expect(meanLoss(Float32Array.of(1e8, 1, -1e8, 1), [0, 2, 4])).toBe(0);
    expect(meanLoss(Float32Array.of(1e8, -1e8, 1, 1), [0, 2, 4])).toBe(0.5);
  });
});
