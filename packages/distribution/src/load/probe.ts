/** The load of this machine as differences of the operating system's counters. */
import { readFile } from 'node:fs/promises';

import type { Clock } from '@ganglion/runtime/contract';

import type { LoadProbe, NodeLoad } from '../contract.js';
import { refuseUnknownKeys } from '../options.js';
import { nodeOperatingSystem, osCounters, procCounters } from './counters.js';
import type { Counters, ReadCounters } from './counters.js';

/** Share of each device in use, 0 to 1, in the order of the node's `gpus`. */
export type ReadGpuUsage = () => Promise<NodeLoad['gpuUsage']>;

/** What a probe measures with. */
export interface LoadProbeOptions {
  readonly clock: Clock;
  /** @default /proc on Linux, `node:os` elsewhere */
  readonly readCounters?: ReadCounters;
  /** @default no devices */
  readonly readGpuUsage?: ReadGpuUsage;
}

const KEYS = Object.freeze(['clock', 'readCounters', 'readGpuUsage']);

function machineCounters(): ReadCounters {
  if (process.platform !== 'linux') return osCounters(nodeOperatingSystem);
  return procCounters((path) => readFile(path, 'utf8'));
}

function share(part: number, whole: number): number {
  return Math.min(Math.max(part / whole, 0), 1);
}

class CounterProbe implements LoadProbe {
  readonly #clock: Clock;
  readonly #readCounters: ReadCounters;
  readonly #readGpuUsage: ReadGpuUsage;
  #counters: Counters;
  #readAtMs: number;
  #cpuUsage: number;
  #networkBandwidth: number | undefined;
  #sampling: Promise<unknown> = Promise.resolve();

  constructor(options: Required<LoadProbeOptions>, first: Counters) {
    this.#clock = options.clock;
    this.#readCounters = options.readCounters;
    this.#readGpuUsage = options.readGpuUsage;
    this.#counters = first;
    this.#readAtMs = options.clock.monotonicMs();
    this.#cpuUsage = share(first.cpu.busy, first.cpu.total);
    this.#networkBandwidth = first.networkBytes === undefined ? undefined : 0;
  }

  /** One reading at a time: two at once would each measure a part of the other's interval. */
  sample(): Promise<NodeLoad> {
    const sampled = this.#sampling.then(() => this.#sample());
    this.#sampling = sampled.catch(() => undefined);
    return sampled;
  }

  async #sample(): Promise<NodeLoad> {
    const [counters, gpuUsage] = await Promise.all([this.#readCounters(), this.#readGpuUsage()]);
    const readAtMs = this.#clock.monotonicMs();
    const { cpu, networkBytes } = this.#counters;
    const total = counters.cpu.total - cpu.total;
    // The kernel counts in ticks: within one, the last figure is the newest there is.
    if (total > 0) this.#cpuUsage = share(counters.cpu.busy - cpu.busy, total);
    const seconds = (readAtMs - this.#readAtMs) / 1_000;
    if (networkBytes !== undefined && counters.networkBytes !== undefined && seconds > 0) {
      // An interface that was removed takes its bytes with it.
      const bytes = Math.max(counters.networkBytes - networkBytes, 0);
      this.#networkBandwidth = bytes / seconds;
    }
    this.#counters = counters;
    this.#readAtMs = readAtMs;
    return {
      cpuUsage: this.#cpuUsage,
      memoryUsage: counters.memoryUsage,
      gpuUsage,
      networkBandwidth: this.#networkBandwidth,
    };
  }
}

/**
 * Makes a probe of this machine and takes its first reading.
 * @throws DistributionError DISTRIBUTION_PROBE_FAILED
 */
export async function nodeLoadProbe(options: LoadProbeOptions): Promise<LoadProbe> {
  refuseUnknownKeys('load probe', options, KEYS);
  const resolved: Required<LoadProbeOptions> = {
    readCounters: machineCounters(),
    readGpuUsage: async () => [],
    ...options,
  };
  return new CounterProbe(resolved, await resolved.readCounters());
}
