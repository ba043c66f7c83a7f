import { expect, test } from 'vitest';
import type { Expression } from '../contract.js';
import type { Term } from '../expression.js';
import { element, expression } from '../expression.js';
import { mapCases } from '../testing/map-cases.js';
import { mapLoop } from './map-loop.js';
import type { MapSchedule } from './map-schedule.js';
import { scheduleMap } from './map-schedule.js';

/** What is wrong with SCHEDULE-1 or -3, or with a place that is out of range. */
function faults(of: Expression, { constants, registers, steps }: MapSchedule): string[] {
  const values = of.inputs + of.results.length;
  const written = new Set([
    ...Array.from({ length: of.inputs }, (_, input) => input),
    ...constants.map((_, register) => values + register),
  ]);
  const fixed = new Set(written);
  const found: string[] = [];
  steps.forEach(({ target, of: reads }, step) => {
    if (!reads.every((place) => written.has(place))) found.push(`step ${step} reads too early`);
    if (fixed.has(target) || target >= values + registers) found.push(`step ${step} writes there`);
    written.add(target);
  });
  of.results.forEach((_, out) => {
    if (!written.has(of.inputs + out)) found.push(`out ${out} is not written`);
  });
  return found;
}

test('KERNELS-K7: a step reads what was written, and writes no input or constant', () => {
  for (const { program } of mapCases) {
    const [op] = program.ops;
    if (op?.kind !== 'map') throw new Error('a case of another operation');
    expect(faults(op.expression, scheduleMap(op.expression))).toEqual([]);
  }
});

test('KERNELS-K7: a register is used again once nothing reads it', () => {
  const chain = expression((x) => {
    let term: Term = x;
    for (let n = 0; n < 50; n += 1) term = element.tanh(term);
    return element.add(term, x);
  });
  expect(scheduleMap(chain).registers).toBe(1);
  const gelu = scheduleMap(expression((x) => element.gelu(x)));
  expect([gelu.constants, gelu.registers]).toEqual([[0.5, 1, Math.fround(Math.SQRT1_2)], 5]);
});

test('KERNELS-K7: as many axes as all inputs allow are one row', () => {
  expect(mapLoop([4, 1, 5, 6], [[4, 1, 5, 6], [4, 1, 5, 6]])).toEqual({
    length: 120, sizes: [], inputs: [{ strides: [], step: 1 }, { strides: [], step: 1 }],
  });
  expect(mapLoop([4, 5, 6], [[4, 5, 6], [6], [4, 1, 1], [5, 6]])).toEqual({
    length: 6,
    sizes: [4, 5],
    inputs: [
      { strides: [30, 6], step: 1 }, { strides: [0, 0], step: 1 },
      { strides: [1, 0], step: 0 }, { strides: [0, 6], step: 1 },
    ],
  });
  expect(mapLoop([], [[], [1]])).toEqual({
    length: 1, sizes: [], inputs: [{ strides: [], step: 0 }, { strides: [], step: 0 }],
  });
});
