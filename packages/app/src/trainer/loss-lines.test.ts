import { describe, expect, it } from 'vitest';

import { endsLine, LossLines } from './loss-lines.js';

const STEPS_PER_EPOCH = 25;

function lossOf(step: number): number {
  return Math.fround(3 / step + Math.sin(step));
}

/** Lines of the steps after `from`, as [step, loss]. */
function linesOf(lines: LossLines, from: number, to: number): [number, number][] {
  const ended: [number, number][] = [];
  for (let step = from + 1; step <= to; step += 1) {
    const loss = lines.add(step, lossOf(step));
    if (loss !== undefined) ended.push([step, loss]);
  }
  return ended;
}

describe('lines of losses', () => {
  it('LINES-1: end every tenth step and at the end of each epoch', () => {
    const lines = linesOf(new LossLines(STEPS_PER_EPOCH), 0, 64);
    expect(lines.map(([step]) => step)).toEqual([10, 20, 25, 30, 40, 50, 60]);
    const mean = [21, 22, 23, 24, 25].reduce((sum, step) => sum + lossOf(step), 0) / 5;
    expect(lines[2]).toEqual([25, mean]);
  });

  it('LINES-1, NUMERICS-N4: are the same wherever a run ended and was resumed', () => {
    const whole = linesOf(new LossLines(STEPS_PER_EPOCH), 0, 64);
    for (let end = 1; end < 64; end += 1) {
      const first = new LossLines(STEPS_PER_EPOCH);
      const before = linesOf(first, 0, end);
      const open = JSON.parse(JSON.stringify(first.open)) as LossLines['open'];
      expect([...before, ...linesOf(new LossLines(STEPS_PER_EPOCH, open), end, 64)]).toEqual(whole);
    }
  });

  it('grow longer with the run', () => {
    const epoch = 2 ** 31;
    const ends = (steps: number[]): boolean[] => steps.map((step) => endsLine(step, epoch));
    expect(ends([99_990, 100_000, 100_010, 100_090, 100_100])).toEqual([
      true, true, false, false, true,
    ]);
    expect(ends([999_900, 1_000_000, 1_000_100, 1_001_000])).toEqual([true, true, false, true]);
    expect(endsLine(100_010, 100_010)).toBe(true);
  });
});
