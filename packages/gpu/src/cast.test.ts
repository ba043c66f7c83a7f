import { createAllocator, createHostArena } from '@ganglion/memory';
import { expect, test } from 'vitest';
import type { Program } from './contract.js';
import { counterRandom } from './counter-random.js';
import { cpu } from './cpu/cpu.js';
import { createTape } from './tape.js';
import type { Elements } from './testing/index.js';
import { runOnce, runOracle } from './testing/index.js';

const arena = createHostArena({ id: 22, sizeBytes: 2 ** 20 });

function run(program: Program, inputs: Map<number, ArrayLike<number>>): Map<number, Elements> {
  const backend = cpu()({ arenas: [arena], allocator: createAllocator({ arena }) });
  const outputs = runOnce(backend, program, inputs);
  backend.close();
  return outputs;
}

/** Numbers that bf16 has. */
function random(seed: number, length: number): number[] {
  return Array.from({ length }, (_, i) => ((counterRandom(seed, i) % 255) - 127) / 128);
}

/** Of a network of two products: the gradients by its weights and what they were computed from. */
function gradients(bf16: boolean, rounds = false): number[][] {
  const tape = createTape();
  const rounded = (a: ReturnType<typeof tape.input>) => (bf16 ? tape.cast(a, 'bf16') : a);
  const x = tape.input([6, 5]);
  const weights = [tape.parameter([5, 7]), tape.parameter([3, 7])] as const;
  const hidden = tape.matmul(rounded(x), rounded(weights[0]));
  const again = rounds ? tape.cast(tape.cast(hidden, 'f16'), 'f32') : hidden;
  const logits = tape.matmul(again, weights[1], { transposeB: true });
  const labels = tape.input([6], 'i32');
  const { losses } = tape.softmaxCrossEntropy(logits, labels, { scale: 1 });
  const found = tape.gradients({ losses, of: weights, edges: [0, 2, 6], sum: true });
  const ids = found.map((tensor) => tape.output(tensor).id);
  const outputs = run(tape.program(), new Map([
    [x.id, random(1, 30)], [weights[0].id, random(2, 35)], [weights[1].id, random(3, 21)],
    [labels.id, [0, 1, 2, 2, 1, 0]],
  ]));
  return ids.map((id) => Array.from(outputs.get(id) ?? []));
}

test('gradients through factors of bf16 are those of the same numbers in f32', () => {
  const [found, expected] = [gradients(true), gradients(false)];
  found.flat().forEach((x, i) => expect(x).toBeCloseTo(expected.flat()[i] ?? Number.NaN, 5));
  expect(found[0]?.some((x) => Math.abs(x) > 0.1)).toBe(true);
});

test('rounding counts as the identity for the gradient', () => {
  const [found, expected] = [gradients(false, true), gradients(false)];
  found.flat().forEach((x, i) => expect(x).toBeCloseTo(expected.flat()[i] ?? Number.NaN, 2));
});

test('no gradient goes through whole numbers', () => {
  const tape = createTape();
  const w = tape.parameter([3, 4]);
  const whole = tape.cast(tape.cast(tape.matmul(tape.input([2, 3]), w), 'i32'), 'f32');
  const labels = tape.input([2], 'i32');
  const { losses } = tape.softmaxCrossEntropy(whole, labels, { scale: 1 });
  expect(() => tape.gradients({ losses, of: [w], edges: [0, 2] })).toThrow(
    expect.objectContaining({
      code: 'GPU_NOT_SUPPORTED', message: 'cast has no gradient rule for i32',
    }),
  );
});

function refused(message: string): unknown {
  return expect.objectContaining({ code: 'GPU_DTYPE_MISMATCH', message });
}

test('bad casts and factors are refused by name', () => {
  const tape = createTape();
  const [a, b] = [tape.input([2, 3]), tape.input([3, 2])];
  const half = tape.cast(a, 'bf16');
  expect(() => tape.cast(a, 'f32')).toThrow(refused('cast: f32 to f32, one of the two is f32'));
  expect(() => tape.cast(half, 'f16')).toThrow(refused('cast: bf16 to f16, one of the two is f32'));
  expect(() => tape.matmul(half, b)).toThrow(refused('matmul: b is f32, needed is bf16'));
  expect(() => tape.matmul(b, half)).toThrow(refused('matmul: b is bf16, needed is f32'));
  expect(() => tape.relu(half)).toThrow(refused('map: input 0 is bf16, needed is f32'));
});

test('a product of bf16 adds of two terms the later first', () => {
  const tape = createTape();
  const [a, b] = [tape.input([2, 4], 'bf16'), tape.input([4, 1], 'bf16')];
  const { id } = tape.output(tape.matmul(a, b));
  const rows = [2 ** 24, 0, 1, -(2 ** 24), 2 ** 24, 0, -(2 ** 24), 1];
  const inputs = new Map([[a.id, rows], [b.id, [1, 1, 1, 1]]]);
  expect(Array.from(run(tape.program(), inputs).get(id) ?? [])).toEqual([1, 0]);
  expect(Array.from(runOracle(tape.program(), inputs).get(id) ?? [])).toEqual([1, 1]);
});

test('numbers below 2^-126 count as 0 in a product of bf16: factors, sums and bias', () => {
  const tape = createTape();
  const [a, b] = [tape.input([3, 2], 'bf16'), tape.input([2, 1], 'bf16')];
  const bias = tape.input([1]);
  const { id } = tape.output(tape.matmul(a, b, { bias }));
  const of = (rows: number[], column: number[], added: number): number[] =>
    Array.from(run(tape.program(), new Map([[a.id, rows], [b.id, column], [bias.id, [added]]]))
      .get(id) ?? []);
  const rows = [2 ** -130, 0, 2 ** -60, 0, 0, -(2 ** -26)];
  expect(of(rows, [2 ** 100, 2 ** -100], 2 ** -130)).toEqual([0, 2 ** 40, -(2 ** -126)]);
  expect(of(rows, [2 ** -67, 2 ** -101], 0)).toEqual([0, 0, 0]);
});
