/** Where load figures come from: the counters of the operating system, read at one moment. */
import { cpus, freemem, totalmem } from 'node:os';

import { DistributionError } from '../errors.js';
import { parseMeminfo, parseNetDev, parseStat } from './proc-texts.js';
import type { CpuTime } from './proc-texts.js';

/** One reading. */
export interface Counters {
  readonly cpu: CpuTime;
  /** Share of physical memory in use, 0 to 1. */
  readonly memoryUsage: number;
  /** Bytes sent and received since boot, if the operating system says. */
  readonly networkBytes: number | undefined;
}

/** Takes a reading. */
export type ReadCounters = () => Promise<Counters>;

/** Reads a file of /proc as text. */
export type ReadText = (path: string) => Promise<string>;

/** What `node:os` says, for systems without /proc. */
export interface OperatingSystem {
  cpus(): readonly { readonly times: Readonly<Record<string, number>> }[];
  totalmem(): number;
  freemem(): number;
}

/** Node's view of the operating system. */
export const nodeOperatingSystem: OperatingSystem = Object.freeze({ cpus, totalmem, freemem });

/** Counters from Linux's /proc. */
export function procCounters(readText: ReadText): ReadCounters {
  const read = async (path: string): Promise<string> => {
    try {
      return await readText(path);
    } catch (cause) {
      const message = `${path} cannot be read: ${String(cause)}`;
      throw new DistributionError('DISTRIBUTION_PROBE_FAILED', message, { cause });
    }
  };
  return async () => {
    const paths = ['/proc/stat', '/proc/meminfo', '/proc/net/dev'] as const;
    const [stat = '', meminfo = '', netDev = ''] = await Promise.all(paths.map(read));
    return {
      cpu: parseStat(stat),
      memoryUsage: parseMeminfo(meminfo),
      networkBytes: parseNetDev(netDev),
    };
  };
}

/** Counters from `node:os`, which knows no network traffic. */
export function osCounters(system: OperatingSystem): ReadCounters {
  return async () => {
    let [busy, total] = [0, 0];
    for (const { times } of system.cpus()) {
      for (const [kind, milliseconds] of Object.entries(times)) {
        total += milliseconds;
        if (kind !== 'idle') busy += milliseconds;
      }
    }
    if (total === 0) {
      throw new DistributionError('DISTRIBUTION_PROBE_FAILED', 'node:os reports no CPU time');
    }
    const memoryUsage = 1 - system.freemem() / system.totalmem();
    return { cpu: { busy, total }, memoryUsage, networkBytes: undefined };
  };
}
