import { createAllocator, createHostArena } from '@ganglion/memory';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { cpu } from './cpu/cpu.js';
import type { Eager, EagerTensor } from './eager.js';
import { createEager } from './eager.js';
import { element, expression } from './expression.js';
import type { Tape, Tensor } from './tensor.js';

interface Fixture {
  readonly eager: Eager;
  readonly allocated: () => number;
}

function fixture(sizeBytes = 2 ** 20): Fixture {
  const arena = createHostArena({ id: 23, sizeBytes });
  const allocator = createAllocator({ arena });
  const eager = createEager(cpu()({ arenas: [arena], allocator }));
  return { eager, allocated: () => allocator.allocatedBytes };
}

const SQUARE = expression((x) => element.multiply(x, x));

function square(tape: Tape, a: Tensor): Tensor {
  return tape.map(SQUARE, [a])[0] as Tensor; // one result
}

function twelveSquares(tape: Tape, a: Tensor): readonly Tensor[] {
  return Array.from({ length: 12 }, () => square(tape, a));
}

function stale(message: string): unknown {
  return expect.objectContaining({ code: 'GPU_STALE_SLOT', message });
}

describe('run', () => {
  test('computes one result or several, which are tensors of their own', () => {
    const { eager } = fixture();
    const x = eager.tensor([2, 2], [1, 2, 3, 4]);
    const y = eager.run([x], square);
    const [sums, same, again] = eager.run([x, y], (tape, a, b) => {
      const sum = tape.add(a, b);
      return [sum, tape.relu(b), sum] as const;
    });
    expectTypeOf(y).toEqualTypeOf<EagerTensor>();
    expectTypeOf(sums).toEqualTypeOf<EagerTensor>();
    expect(Array.from(eager.read(y))).toEqual([1, 4, 9, 16]);
    expect(Array.from(eager.read(sums))).toEqual([2, 6, 12, 20]);
    expect(Array.from(eager.read(same))).toEqual([1, 4, 9, 16]);
    expect(again).toBe(sums);
    expect(eager.live).toBe(4);
  });

  test('EAGER-1, KERNELS-A1: numbers stay what they were when more is run', () => {
    const { eager } = fixture();
    const given = [1, 2, 3];
    const x = eager.tensor([3], given);
    given.fill(9);
    const y = eager.run([x, x], (tape, a, b) => tape.add(a, b));
    eager.run([x], square);
    eager.read(x).fill(7);
    expect(Array.from(eager.read(x))).toEqual([1, 2, 3]);
    expect(Array.from(eager.read(y))).toEqual([2, 4, 6]);
  });

  test('every dtype is read as it was written, halves rounded', () => {
    const { eager } = fixture();
    expect(eager.read(eager.tensor([2], [1, -3], 'i32'))).toEqual(Int32Array.of(1, -3));
    expect(eager.read(eager.tensor([2], [1, 255], 'u8'))).toEqual(Uint8Array.of(1, 255));
    expect(eager.read(eager.tensor([2], [1, 0], 'bool'))).toEqual(Uint8Array.of(1, 0));
    const third = 1 / 3;
    expect(Array.from(eager.read(eager.tensor([1], [third], 'bf16')))).toEqual([171 / 512]);
    expect(Array.from(eager.read(eager.tensor([], [third], 'f16')))).toEqual([1365 / 4096]);
    expect(Array.from(eager.read(eager.tensor([0, 3], [])))).toEqual([]);
    expect(eager.live).toBe(6);
  });

  test('programs stay compiled, the oldest are given up', () => {
    const { eager, allocated } = fixture();
    const x = eager.tensor([2, 2], [1, 2, 3, 4]);
    const run = (i: number): number => {
      eager.free(eager.run([x], (tape, a) => {
        const scaled = expression((y) => element.multiply(y, i));
        // A fused chain has no temporary, what a product reads has one.
        return tape.matmul(a, square(tape, tape.map(scaled, [a])[0] as Tensor));
      }));
      return allocated();
    };
    const held = allocated();
    const one = run(1) - held;
    expect(one).toBeGreaterThan(0);
    expect(run(1)).toBe(held + one);
    for (let i = 2; i <= 128; i += 1) expect(run(i)).toBe(held + i * one);
    for (let i = 129; i <= 200; i += 1) expect(run(i)).toBe(held + 128 * one);
    eager.close();
    expect(allocated()).toBe(0);
  });
});

describe('EAGER-2, KERNELS-A1: scope', () => {
  test('frees what it made and does not return, at every depth', () => {
    const { eager, allocated } = fixture();
    const x = eager.tensor([64], Array.from({ length: 64 }, (_, i) => i));
    const before = allocated();
    const kept = eager.scope(() => {
      const y = eager.run([x], square);
      const inner = eager.scope(() => {
        const z = eager.run([y], square);
        return { list: [eager.run([z], square)], n: 3 };
      });
      expect(eager.live).toBe(3);
      return inner;
    });
    expect(eager.live).toBe(2);
    expect(eager.read(kept.list[0] as EagerTensor)[2]).toBe(256);
    eager.free(kept.list[0] as EagerTensor);
    expect(allocated()).toBe(before);
  });

  test('that throws frees all, as does one whose body is asynchronous', () => {
    const { eager } = fixture();
    const x = eager.tensor([2], [1, 2]);
    expect(() => eager.scope(() => {
      eager.run([x], square);
      throw new Error('broken');
    })).toThrow('broken');
    expect(() => eager.scope(async () => {
      eager.run([x], square);
      await Promise.resolve();
    })).toThrow('scope: its body returned a promise');
    expect(eager.live).toBe(1);
  });

  test('may free early, and tensors from outside it stay', () => {
    const { eager } = fixture();
    const x = eager.tensor([2], [1, 2]);
    eager.scope(() => eager.free(eager.run([x], square)));
    expect(Array.from(eager.read(x))).toEqual([1, 2]);
  });
});

describe('refusals', () => {
  test('use after free, of another Eager, and after close', () => {
    const { eager } = fixture();
    const x = eager.tensor([2, 3], [1, 2, 3, 4, 5, 6]);
    eager.free(x);
    const message = 'the tensor (2, 3) was freed, or is not of this Eager';
    expect(() => eager.read(x)).toThrow(stale(message));
    expect(() => eager.run([x], square)).toThrow(stale(message));
    expect(() => eager.free(x)).toThrow(stale(message));
    const foreign = fixture().eager.tensor([2, 3], [1, 2, 3, 4, 5, 6]);
    expect(() => eager.read(foreign)).toThrow(stale(message));
    const y = eager.tensor([1], [1]);
    eager.close();
    eager.close();
    expect(() => eager.read(y)).toThrow(GPU_STALE);
    expect(eager.live).toBe(0);
  });

  test('memory that does not suffice leaks nothing', () => {
    const { eager, allocated } = fixture(2 ** 16);
    const x = eager.tensor([2_048], new Float32Array(2_048));
    const before = allocated();
    expect(() => eager.run([x], twelveSquares)).toThrow(
      expect.objectContaining({ code: 'GPU_OUT_OF_MEMORY' }),
    );
    expect(() => eager.tensor([99_999], new Float32Array(99_999))).toThrow('asked of the cpu');
    expect(allocated()).toBe(before);
    expect(eager.live).toBe(1);
  });

  test('labels out of range leave no result', () => {
    const { eager } = fixture();
    const [table, at] = [eager.tensor([2, 1], [1, 2]), eager.tensor([1], [5], 'i32')];
    expect(() => eager.run([table, at], (tape, t, i) => tape.gather(t, i))).toThrow('[0, 2)');
    expect(eager.live).toBe(2);
  });

  test('shapes, by name', () => {
    const { eager } = fixture();
    expect(() => eager.tensor([2, 3], [1])).toThrow('tensor: 1 elements for (2, 3)');
    const x = eager.tensor([2], [1, 2]);
    expect(() => eager.run([x], (tape, a) => tape.matmul(a, a))).toThrow('matmul: a is (2)');
    expect(() => eager.run([x], (_, a) => a)).toThrow('value 0 is an input, it cannot be an out');
    expect(eager.live).toBe(1);
  });
});

const GPU_STALE = expect.objectContaining({ code: 'GPU_STALE_SLOT' }) as Error;
