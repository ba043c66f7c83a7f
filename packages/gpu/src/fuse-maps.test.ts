import { createAllocator, createHostArena } from '@ganglion/memory';
import { expect, test } from 'vitest';
import type { Program } from './contract.js';
import { counterUniform } from './counter-random.js';
import { cpu } from './cpu/cpu.js';
import { element, expression } from './expression.js';
import { fuseMaps } from './fuse-maps.js';
import { createTape } from './tape.js';
import type { Tape, Tensor } from './tensor.js';
import { runOnce } from './testing/index.js';
import { randomInputs, randomMaps } from './testing/random-maps.js';

const arena = createHostArena({ id: 27, sizeBytes: 2 ** 24 });

function outputsOf(program: Program, given = inputsOf(program)): unknown {
  const backend = cpu()({ arenas: [arena], allocator: createAllocator({ arena }) });
  const outputs = runOnce(backend, program, given);
  backend.close();
  return outputs;
}

function inputsOf({ values }: Program): Map<number, number[]> {
  return new Map(values.flatMap(({ role, shape }, id): [number, number[]][] => {
    if (role !== 'input' && role !== 'parameter') return [];
    const length = shape.reduce((product, size) => product * size, 1);
    return [[id, Array.from({ length }, (_, i) => 2 * counterUniform(5, id, i) - 1)]];
  }));
}

/** Kinds of the fused program, after checking that it gives the same bits. */
function fusedKinds(build: (tape: Tape, x: Tensor) => void): string[] {
  const tape = createTape();
  build(tape, tape.input([6, 5]));
  const program = tape.program();
  const fused = fuseMaps(program);
  expect(outputsOf(fused)).toEqual(outputsOf(program));
  return fused.ops.map(({ kind }) => kind);
}

const gelu = expression((x) => element.gelu(x));

test('KERNELS-K1: random programs of maps give the same bits when they are fused', () => {
  let fewer = 0;
  for (let seed = 1; seed <= 150; seed += 1) {
    const program = randomMaps(seed);
    const inputs = randomInputs(program, seed);
    const fused = fuseMaps(program);
    expect(outputsOf(fused, inputs), `seed ${seed}`).toEqual(outputsOf(program, inputs));
    fewer += program.ops.length - fused.ops.length;
  }
  expect(fewer).toBeGreaterThan(20);
});

test('KERNELS-K1: ten elementwise operations are one map, with one pass over memory', () => {
  const tape = createTape();
  let x = tape.input([6, 5]);
  const bias = tape.parameter([5]);
  for (let n = 0; n < 5; n += 1) x = tape.add(tape.relu(x), bias);
  tape.output(x);
  const fused = fuseMaps(tape.program());
  expect(fused.ops).toMatchObject([{ kind: 'map', inputs: [1, 0], outs: [x.id] }]);
  expect(outputsOf(fused)).toEqual(outputsOf(tape.program()));
});

test('KERNELS-K1: a value that something else reads, or that is an output, is kept', () => {
  expect(fusedKinds((tape, x) => {
    const y = tape.matmul(x, tape.parameter([5, 5]));
    const [once, out] = [tape.relu(y), tape.output(tape.add(y, x))];
    tape.output(tape.add(tape.matmul(once, tape.parameter([5, 5])), tape.add(once, out)));
  })).toEqual(['matmul', 'map', 'map', 'matmul', 'map']);
  expect(fusedKinds((tape, x) => {
    const y = tape.relu(x);
    tape.output(tape.add(y, tape.part(y, 0, [6, 5])));
  })).toEqual(['map', 'map']);
  expect(fusedKinds((tape, x) => {
    const y = tape.relu(x);
    tape.output(tape.matmul(y, tape.parameter([5, 2])));
  })).toEqual(['map', 'matmul']);
});

test('KERNELS-K1: a value read twice by one map is computed once in it', () => {
  expect(fusedKinds((tape, x) => {
    const [y] = tape.map(gelu, [x]);
    if (y !== undefined) tape.output(tape.add(y, y));
  })).toEqual(['map']);
});

test('KERNELS-K1: a value that two maps read which become one is computed in that one', () => {
  expect(fusedKinds((tape, x) => {
    const y = tape.relu(x);
    tape.output(tape.add(tape.relu(y), y));
  })).toEqual(['map']);
});

test('KERNELS-K1: a smaller value is not computed again for every row', () => {
  expect(fusedKinds((tape, x) => {
    tape.output(tape.add(x, tape.relu(tape.parameter([5]))));
  })).toEqual(['map', 'map']);
});

test('KERNELS-K1: maps over the limits of one expression stay apart', () => {
  expect(fusedKinds((tape, x) => {
    const many = Array.from({ length: 12 }, () => tape.input([6, 5]));
    tape.output(many.reduce((sum, next) => tape.add(sum, next), x));
  })).toEqual(['map', 'map']);
  const long = expression((x) => {
    let term = x;
    for (let n = 0; n < 200; n += 1) term = element.add(term, x);
    return term;
  });
  expect(fusedKinds((tape, x) => {
    const [once] = tape.map(long, [x]);
    const [twice] = tape.map(long, once === undefined ? [] : [once]);
    if (twice !== undefined) tape.output(twice);
  })).toEqual(['map', 'map']);
});
