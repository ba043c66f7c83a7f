/** Node's clock. */
import { performance } from 'node:perf_hooks';
import type { Clock } from './contract.js';

const SAMPLES = 8;

function hrtimeMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1_000_000;
}

/**
 * `performance.now` counts from the start of each thread, so it is shifted to the origin of
 * `process.hrtime`, which is one for all threads. The smallest of several differences is the one
 * least disturbed between its two readings.
 */
function originMs(): number {
  let origin = Infinity;
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const now = performance.now();
    origin = Math.min(origin, hrtimeMs() - now);
  }
  return origin;
}

/**
 * The machine's clock. All clocks of one process share an origin, whatever thread reads them; they
 * differ by microseconds.
 */
export function nodeClock(): Clock {
  const origin = originMs();
  return Object.freeze({
    monotonicMs: () => origin + performance.now(),
    wallMs: () => Date.now(),
  });
}
