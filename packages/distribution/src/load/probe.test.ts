import { describe, expect, it } from 'vitest';

import { virtualTime } from '@ganglion/runtime/testing';
import type { VirtualTime } from '@ganglion/runtime/testing';

import { osCounters, procCounters } from './counters.js';
import type { Counters, ReadText } from './counters.js';
import { nodeLoadProbe } from './probe.js';

const START: Counters = {
  cpu: { busy: 300, total: 1_000 }, memoryUsage: 0.5, networkBytes: 10_000,
};

/** A probe over readings that the test gives one by one. */
async function probing(readings: readonly Counters[]): Promise<{
  time: VirtualTime;
  sample: () => Promise<unknown>;
}> {
  const time = virtualTime();
  const queue = [...readings];
  const probe = await nodeLoadProbe({
    clock: time.clock,
    readCounters: async () => {
      const next = queue.shift();
      if (next === undefined) throw new Error('no more readings');
      return next;
    },
  });
  return { time, sample: () => probe.sample() };
}

/** Uses so many microseconds of this process's CPU time. */
function work(microseconds: number): void {
  const before = process.cpuUsage();
  while (process.cpuUsage(before).user < microseconds);
}

describe('ARCHITECTURE-D6: nodeLoadProbe', () => {
  it('measures the time since the previous sample, the first since it was made', async () => {
    const { time, sample } = await probing([
      START,
      { cpu: { busy: 325, total: 1_100 }, memoryUsage: 0.6, networkBytes: 14_000 },
      { cpu: { busy: 425, total: 1_200 }, memoryUsage: 0.7, networkBytes: 14_500 },
    ]);
    time.advance(2_000);
    expect(await sample()).toEqual({
      cpuUsage: 0.25, memoryUsage: 0.6, gpuUsage: [], networkBandwidth: 2_000,
    });
    time.advance(500);
    expect(await sample()).toEqual({
      cpuUsage: 1, memoryUsage: 0.7, gpuUsage: [], networkBandwidth: 1_000,
    });
  });

  it('repeats the last figure while the kernel\'s counters stand still', async () => {
    const { time, sample } = await probing([START, START, START]);
    expect(await sample()).toMatchObject({ cpuUsage: 0.3, networkBandwidth: 0 });
    time.advance(1);
    expect(await sample()).toMatchObject({ cpuUsage: 0.3, networkBandwidth: 0 });
  });

  it('takes an interface that was removed as no traffic', async () => {
    const { time, sample } = await probing([START, { ...START, networkBytes: 5 }]);
    time.advance(1_000);
    expect(await sample()).toMatchObject({ networkBandwidth: 0 });
  });

  it('gives undefined where the system does not count bytes', async () => {
    const silent = { ...START, networkBytes: undefined };
    const { time, sample } = await probing([silent, silent]);
    time.advance(1_000);
    expect(await sample()).toMatchObject({ networkBandwidth: undefined });
  });

  it('takes samples that run at once one after another', async () => {
    const step = (busy: number, total: number): Counters => ({ ...START, cpu: { busy, total } });
    const { sample } = await probing([START, step(310, 1_010), step(310, 1_020)]);
    const both = await Promise.all([sample(), sample()]);
    expect(both).toMatchObject([{ cpuUsage: 1 }, { cpuUsage: 0 }]);
  });

  it('goes on after a sample that failed', async () => {
    const { sample } = await probing([START]);
    await expect(sample()).rejects.toThrow('no more readings');
    await expect(sample()).rejects.toThrow('no more readings');
  });

  it('reports the devices that it was given', async () => {
    const { clock } = virtualTime();
    const probe = await nodeLoadProbe({
      clock, readCounters: async () => START, readGpuUsage: async () => [0.5, undefined],
    });
    expect((await probe.sample()).gpuUsage).toEqual([0.5, undefined]);
  });

  it('measures this machine', async () => {
    const probe = await nodeLoadProbe({ clock: virtualTime().clock });
    // The counters count in ticks of 10 ms, so that the first samples may see none.
    let sample = await probe.sample();
    for (let tries = 0; tries < 100 && sample.cpuUsage === 0; tries++) {
      work(20_000);
      sample = await probe.sample();
    }
    const { cpuUsage, memoryUsage, networkBandwidth } = sample;
    expect(cpuUsage).toBeGreaterThan(0);
    expect(cpuUsage).toBeLessThanOrEqual(1);
    expect(memoryUsage).toBeGreaterThan(0);
    expect(memoryUsage).toBeLessThan(1);
    expect(networkBandwidth).toBe(process.platform === 'linux' ? 0 : undefined);
  });

  it('DISTRIBUTION_OPTION_INVALID: refuses an unknown option', async () => {
    const options = { clock: virtualTime().clock, gpu: [] };
    await expect(nodeLoadProbe(options)).rejects.toMatchObject({
      code: 'DISTRIBUTION_OPTION_INVALID',
      message: 'load probe: unknown option gpu; known are clock, readCounters, readGpuUsage',
    });
  });
});

describe('procCounters', () => {
  const texts: Readonly<Record<string, string>> = {
    '/proc/stat': 'cpu 1 0 1 2 0 0 0 0\n',
    '/proc/meminfo': 'MemTotal: 100 kB\nMemAvailable: 75 kB\n',
    '/proc/net/dev': 'eth0: 3 0 0 0 0 0 0 0 4 0 0 0 0 0 0 0\n',
  };
  const readText: ReadText = async (path) => texts[path] ?? '';

  it('reads stat, meminfo and net/dev', async () => {
    expect(await procCounters(readText)()).toEqual({
      cpu: { busy: 2, total: 4 }, memoryUsage: 0.25, networkBytes: 7,
    });
  });

  it('DISTRIBUTION_PROBE_FAILED: a file that cannot be read', async () => {
    const cause = new Error('EACCES');
    const read = procCounters(async (path) => {
      if (path === '/proc/net/dev') throw cause;
      return readText(path);
    });
    await expect(read()).rejects.toMatchObject({
      code: 'DISTRIBUTION_PROBE_FAILED',
      message: '/proc/net/dev cannot be read: Error: EACCES',
      cause,
    });
  });
});

describe('osCounters', () => {
  it('adds the times of all CPUs and knows no network', async () => {
    const read = osCounters({
      cpus: () => [
        { times: { user: 1, sys: 2, idle: 7 } }, { times: { user: 3, sys: 0, idle: 7 } },
      ],
      totalmem: () => 200,
      freemem: () => 150,
    });
    expect(await read()).toEqual({
      cpu: { busy: 6, total: 20 }, memoryUsage: 0.25, networkBytes: undefined,
    });
  });

  it('DISTRIBUTION_PROBE_FAILED: a system that reports no CPUs', async () => {
    const read = osCounters({ cpus: () => [], totalmem: () => 1, freemem: () => 1 });
    await expect(read()).rejects.toMatchObject({ code: 'DISTRIBUTION_PROBE_FAILED' });
  });
});
