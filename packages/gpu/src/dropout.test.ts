import { createAllocator, createHostArena } from '@ganglion/memory';
import { expect, test } from 'vitest';
import { counterRandom } from './counter-random.js';
import { cpu } from './cpu/cpu.js';
import type { DropoutOptions } from './dropout.js';
import { dropout } from './dropout.js';
import type { Eager } from './eager.js';
import { createEager } from './eager.js';
import { createTape } from './tape.js';
import type { Tensor } from './tensor.js';
import { runOracle } from './testing/index.js';

function eager(): Eager {
  const arena = createHostArena({ id: 24, sizeBytes: 2 ** 22 });
  return createEager(cpu()({ arenas: [arena], allocator: createAllocator({ arena }) }));
}

/** What is left of (rows, n) ones at step 7, the first row being sample `from`. */
function kept(rows: number, n: number, options: DropoutOptions, from = 0): number[] {
  const on = eager();
  const ones = on.tensor([rows, n], new Float32Array(rows * n).fill(1));
  const numbers = Array.from({ length: rows }, (_, row) => [7, from + row]).flat();
  const draws = on.tensor([rows, 2], numbers, 'i32');
  return Array.from(on.read(on.run([ones, draws], (tape, a, d) => dropout(tape, a, d, options))));
}

test('NUMERICS-N5: the numbers are those of the generator by its coordinates', () => {
  const on = eager();
  const seed = 2 ** 40 + 5;
  const draws = on.tensor([2, 2], [3, -1, 4, 9], 'i32');
  const found = on.read(on.run([draws], (tape, d) => tape.uniform(d, [8], { seed, stream: 6 })));
  for (const [row, step, sample] of [[0, 3, 2 ** 32 - 1], [1, 4, 9]] as const) {
    for (const block of [0, 1]) {
      // The first word of a block is what counterRandom gives.
      const drawn = counterRandom(seed, step, sample, 6, block);
      expect(found[row * 8 + 4 * block]).toBe((drawn >>> 8) * 2 ** -24);
    }
  }
});

test('a share of `rate` becomes 0, the rest is scaled', () => {
  for (const rate of [0, 0.1, 0.5]) {
    const found = kept(40, 250, { rate, seed: 1 });
    const zeros = found.filter((x) => x === 0).length / found.length;
    expect(Math.abs(zeros - rate)).toBeLessThan(0.02);
    const scale = Math.fround(1 / (1 - rate));
    expect(found.every((x) => x === 0 || x === scale)).toBe(true);
  }
});

test('NUMERICS-N5: a sample loses the same elements in any batch, others by another seed', () => {
  const options = { rate: 0.5, seed: 3, stream: 2 };
  const whole = kept(6, 33, options);
  expect([...kept(2, 33, options), ...kept(4, 33, options, 2)]).toEqual(whole);
  expect(kept(6, 33, { ...options, stream: 3 })).not.toEqual(whole);
  expect(kept(6, 33, { ...options, seed: 4 })).not.toEqual(whole);
  expect(whole.slice(0, 33)).not.toEqual(whole.slice(33, 66));
});

test('what was dropped has no gradient, the rest one that is scaled', () => {
  const tape = createTape();
  const [x, w] = [tape.input([4, 3]), tape.parameter([3, 5])];
  const draws = tape.input([4, 2], 'i32');
  const dropped = dropout(tape, tape.matmul(x, w), draws, { rate: 0.5, seed: 9 });
  const labels = tape.input([4], 'i32');
  const { losses, gradient } = tape.softmaxCrossEntropy(dropped, labels, { scale: 1 });
  const [found] = tape.gradients({ losses, of: [w], edges: [0, 4] });
  const ids = [found as Tensor, dropped, gradient].map((tensor) => tape.output(tensor).id);
  const [xs, ws] = [12, 15].map((length, seed) =>
    Array.from({ length }, (_, i) => (counterRandom(seed, i) % 7) - 3.5));
  const values = runOracle(tape.program(), new Map([
    [x.id, xs ?? []], [w.id, ws ?? []], [draws.id, [0, 0, 0, 1, 0, 2, 0, 3]],
    [labels.id, [0, 1, 2, 3]],
  ]));
  const [weights = [], out = [], upstream = []] = ids.map((id) => Array.from(values.get(id) ?? []));
  expect(out.filter((y) => y === 0).length).toBeGreaterThan(2);
  weights.forEach((g, at) => {
    const [k, n] = [Math.floor(at / 5), at % 5];
    const rows = [0, 1, 2, 3].map((row) =>
      (out[5 * row + n] === 0 ? 0 : 2 * (upstream[5 * row + n] ?? 0) * (xs?.[3 * row + k] ?? 0)));
    expect(g).toBeCloseTo(rows.reduce((sum, term) => sum + term, 0), 10);
  });
});

test('rates, seeds, streams and draws that are none are refused by name', () => {
  const tape = createTape();
  const [a, draws] = [tape.input([2, 3]), tape.input([2, 2], 'i32')];
  const drop = (options: DropoutOptions) => () => dropout(tape, a, draws, options);
  expect(drop({ rate: 1, seed: 0 })).toThrow('dropout: rate 1 is no number from 0, below 1');
  expect(drop({ rate: NaN, seed: 0 })).toThrow('dropout: rate NaN');
  expect(drop({ rate: 0, seed: -1 })).toThrow('uniform: seed -1 is no integer from 0');
  expect(drop({ rate: 0, seed: 0, stream: 2 ** 32 })).toThrow('uniform: stream 4294967296');
  expect(() => dropout(tape, a, a, { rate: 0, seed: 0 })).toThrow(
    'uniform: draws is (2, 3), needed is (batch, 2)',
  );
  const floats = tape.input([2, 2]);
  expect(() => dropout(tape, a, floats, { rate: 0, seed: 0 })).toThrow('draws is f32, needed');
  const longer = tape.input([3, 2], 'i32');
  expect(() => dropout(tape, a, longer, { rate: 0, seed: 0 })).toThrow('do not fit each other');
});
