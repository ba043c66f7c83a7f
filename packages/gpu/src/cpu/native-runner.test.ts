import { expect, test } from 'vitest';
import type { NativeKernels, Program } from '../contract.js';
import { reluOp } from '../testing/operations.js';
import { createNativeRunner } from './native-runner.js';
import type { Memory } from './runner.js';

const program: Program = {
  values: [
    { shape: [4], dtype: 'f32', role: 'input' },
    { shape: [2], dtype: 'f32', role: 'input', part: { of: 0, offset: 2 } },
    { shape: [2], dtype: 'f32', role: 'output' },
  ],
  ops: [reluOp(1, 2)],
};

function memoryAt(arena: number, offset: number): Memory {
  const bytes = new Uint8Array(16);
  const f32 = new Float32Array(bytes.buffer);
  return { arena, offset, sizeBytes: 16, bytes, f32, i32: new Int32Array(bytes.buffer) };
}

/** Keeps the places of the words of each run, or throws. */
function kernelsThat(run: (places: readonly (readonly number[])[]) => void): NativeKernels {
  return {
    level: 'scalar',
    levels: ['scalar'],
    forceLevel: () => {},
    setThreads: () => {},
    registerArena: () => {},
    run: (words) => run([0, 1, 2].map((id) => Array.from(words.slice(8 + id * 16, 10 + id * 16)))),
  };
}

test('places move values and leave parts to follow them', () => {
  const runs: unknown[] = [];
  const runner = createNativeRunner(program, kernelsThat((places) => runs.push(places)));
  runner.place(0, memoryAt(1, 64), 0);
  runner.place(1, memoryAt(1, 64), 8);
  runner.place(2, memoryAt(2, 128), 12);
  runner.run();
  runner.place(2, memoryAt(2, 256), 0);
  runner.run();
  expect(runs).toEqual([
    [[1, 64], [-2, 8], [2, 140]],
    [[1, 64], [-2, 8], [2, 256]],
  ]);
});

test('a label out of range becomes GPU_LABEL_OUT_OF_RANGE with the cause', () => {
  const cause = Object.assign(new RangeError('label 12 of row 3'), {
    code: 'NATIVE_LABEL_OUT_OF_RANGE',
  });
  const runner = createNativeRunner(
    program,
    kernelsThat(() => {
      throw cause;
    }),
  );
  expect(() => runner.run()).toThrow(
    expect.objectContaining({ code: 'GPU_LABEL_OUT_OF_RANGE', message: cause.message, cause }),
  );
});

test('a malformed program stays what the addon threw', () => {
  const cause = Object.assign(new RangeError('value 0 is not bound'), {
    code: 'NATIVE_PROGRAM_MALFORMED',
  });
  const runner = createNativeRunner(
    program,
    kernelsThat(() => {
      throw cause;
    }),
  );
  expect(() => runner.run()).toThrow(cause);
});
