/** How a run looks on a terminal: pure text of numbers. */
import type { RunProgress } from '../contract.js';

/** `12,345` for 12345. */
export function grouped(value: number): string {
  return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `2.3 ms`, `340 ms`, `1.2 s`, `12 s`, `3 min 05 s`, `2 h 07 min`. */
export function duration(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${twoDigits(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

const BAR_CELLS = 20;

/** `━━━━━────` with `done` of its cells filled. */
export function bar(done: number, cells: number = BAR_CELLS): string {
  const filled = Math.round(Math.min(Math.max(done, 0), 1) * cells);
  return '━'.repeat(filled) + '─'.repeat(cells - filled);
}

/** One line: how far, loss, rate, remaining time. Its columns stay where they are. */
export function progressLine(progress: RunProgress): string {
  const { step, steps, epoch, epochs, loss, samplesPerSecond, remainingMs } = progress;
  const total = grouped(steps);
  const left = remainingMs === undefined ? '' : `${duration(remainingMs)} left`;
  return [
    bar(step / steps),
    `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}`,
    `step ${grouped(step).padStart(total.length)}/${total}`,
    `loss ${loss.toFixed(4)}`,
    `${grouped(samplesPerSecond).padStart(6)} samples/s`,
    left,
  ].join('  ').trimEnd();
}
