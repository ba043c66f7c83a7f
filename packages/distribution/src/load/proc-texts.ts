/** Reads the texts of Linux's /proc; pure. Missing fields give DISTRIBUTION_PROBE_FAILED. */
import { DistributionError } from '../errors.js';

/** Time of all CPUs together since boot, in one unit. */
export interface CpuTime {
  readonly busy: number;
  readonly total: number;
}

function missing(file: string, what: string): DistributionError {
  return new DistributionError('DISTRIBUTION_PROBE_FAILED', `${file} has no ${what}`);
}

/**
 * The sum line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal. The two guest
 * columns after them are contained in user and nice.
 */
export function parseStat(text: string): CpuTime {
  const line = /^cpu +(.*)$/m.exec(text)?.[1];
  const columns = line?.split(/ +/).slice(0, 8).map(Number);
  if (columns === undefined || columns.length < 4 || columns.some(Number.isNaN)) {
    throw missing('/proc/stat', 'line of all CPUs');
  }
  const [, , , idle = 0, iowait = 0] = columns;
  const total = columns.reduce((sum, ticks) => sum + ticks, 0);
  return { busy: total - idle - iowait, total };
}

/** Share of physical memory in use by /proc/meminfo: all but what could be had without swapping. */
export function parseMeminfo(text: string): number {
  const kibibytes = (field: string): number => {
    const digits = new RegExp(`^${field}: +(\\d+) kB$`, 'm').exec(text)?.[1];
    if (digits === undefined) throw missing('/proc/meminfo', field);
    return Number(digits);
  };
  const total = kibibytes('MemTotal');
  if (total === 0) throw missing('/proc/meminfo', 'memory');
  return 1 - kibibytes('MemAvailable') / total;
}

/** Bytes received and sent by every interface of /proc/net/dev but loopback. */
export function parseNetDev(text: string): number {
  let bytes = 0;
  for (const [, name, columns = ''] of text.matchAll(/^ *([^ :|]+): *(.*)$/gm)) {
    if (name === 'lo') continue;
    const numbers = columns.trim().split(/ +/).map(Number);
    const [received, sent] = [numbers[0], numbers[8]];
    if (received === undefined || sent === undefined || Number.isNaN(received + sent)) {
      throw missing('/proc/net/dev', `byte counts of ${name}`);
    }
    bytes += received + sent;
  }
  return bytes;
}
