import { describe, expect, it } from 'vitest';

import { parseMeminfo, parseNetDev, parseStat } from './proc-texts.js';

const failed = (message: string): unknown => (
  expect.objectContaining({ code: 'DISTRIBUTION_PROBE_FAILED', message })
);

describe('parseStat', () => {
  it('counts idle and iowait as idle, and guest time once', () => {
    const text = 'cpu  100 20 30 800 40 5 6 7 50 3\ncpu0 50 10 15 400 20 2 3 4 25 2\nintr 1 2\n';
    expect(parseStat(text)).toEqual({ busy: 168, total: 1_008 });
  });

  it('takes the four columns of an old kernel', () => {
    expect(parseStat('cpu 1 2 3 4\n')).toEqual({ busy: 6, total: 10 });
  });

  it.each(['', 'cpu0 1 2 3 4\n', 'cpu 1 2 3\n', 'cpu 1 2 x 4\n'])('refuses %j', (text) => {
    expect(() => parseStat(text)).toThrow(failed('/proc/stat has no line of all CPUs'));
  });
});

describe('parseMeminfo', () => {
  it('counts as used what cannot be had without swapping', () => {
    const text = 'MemTotal:       16000 kB\nMemFree:         1000 kB\nMemAvailable:   12000 kB\n';
    expect(parseMeminfo(text)).toBe(0.25);
  });

  it('refuses a text without its fields', () => {
    expect(() => parseMeminfo('MemTotal: 16000 kB\nMemFree: 1 kB\n'))
      .toThrow(failed('/proc/meminfo has no MemAvailable'));
    expect(() => parseMeminfo('MemAvailable: 1 kB\n'))
      .toThrow(failed('/proc/meminfo has no MemTotal'));
    expect(() => parseMeminfo('MemTotal: 0 kB\nMemAvailable: 0 kB\n'))
      .toThrow(failed('/proc/meminfo has no memory'));
  });
});

describe('parseNetDev', () => {
  const header = 'Inter-|   Receive                   |  Transmit\n'
    + ' face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo '
    + 'colls carrier compressed\n';

  it('adds received and sent bytes of all interfaces but loopback', () => {
    const text = `${header}    lo: 9999 1 0 0 0 0 0 0 9999 1 0 0 0 0 0 0\n`
      + '  eth0: 1000 1 0 0 0 0 0 0  200 1 0 0 0 0 0 0\n'
      + 'wlan0:5 1 0 0 0 0 0 0 6 1 0 0 0 0 0 0\n';
    expect(parseNetDev(text)).toBe(1_211);
  });

  it('is 0 without interfaces', () => {
    expect(parseNetDev(header)).toBe(0);
  });

  it('refuses an interface without byte counts', () => {
    expect(() => parseNetDev(`${header}  eth0: 1 2 3\n`))
      .toThrow(failed('/proc/net/dev has no byte counts of eth0'));
  });
});
