import { strict as assert } from 'node:assert';
import type { Op, Program, ValueSpec } from '../contract.js';
import type { GpuErrorCode } from '../errors.js';
import { GpuError } from '../errors.js';
import { addOp } from './operations.js';
import type { BackendSubject, ConformanceCase } from './subject.js';
import { BoundProgram, runOnce } from './subject.js';

/** BACKEND-1 to -6 and what else the contract says about slots, programs and products. */

type Case = ConformanceCase<BackendSubject>;

function f32(role: ValueSpec['role'], ...shape: readonly number[]): ValueSpec {
  return { role, shape, dtype: 'f32' };
}

const DOUBLE: Program = {
  values: [f32('input', 4), f32('output', 4)],
  ops: [addOp(0, 0, 1)],
};

function bytesOf(...elements: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(elements).buffer);
}

function throwsCode(code: GpuErrorCode, text: RegExp, run: () => unknown): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof GpuError, `expected ${code}, got ${String(error)}`);
    assert.equal(error.code, code);
    assert.match(error.message, text);
    return true;
  });
}

const launchOrder: Case = {
  name: 'BACKEND-1: a launch reads what the launches before it wrote',
  run: ({ backend }) => {
    const executable = backend.compile(DOUBLE);
    const slots = [backend.allocate(16), backend.allocate(16), backend.allocate(16)] as const;
    const [a, b, c] = slots;
    backend.write(a, bytesOf(1, 2, 3, 4));
    backend.launch(executable, [a, b]);
    backend.launch(executable, [b, c]);
    backend.launch(executable, [c, b]);
    const found = new Float32Array(4);
    backend.read(b, new Uint8Array(found.buffer));
    assert.deepEqual([...found], [8, 16, 24, 32]);
  },
};

const hostMemory: Case = {
  name: 'BACKEND-2: after synchronize host memory holds what was launched',
  requires: ({ backend }) => backend.capabilities.hostMemory,
  run: ({ backend, arena, allocator }) => {
    const block = allocator.allocate(40);
    const host = new Float32Array(arena.memory.buffer, block.offset, 10);
    host.set([0, 1, 2, 3, 4, 9, 9, 9, 9, 9]);
    const source = backend.wrap({ ...block, offset: block.offset + 4, sizeBytes: 16 });
    const target = backend.wrap({ ...block, offset: block.offset + 20, sizeBytes: 16 });
    backend.launch(backend.compile(DOUBLE), [source, target]);
    backend.synchronize();
    assert.deepEqual([...host], [0, 1, 2, 3, 4, 2, 4, 6, 8, 9]);
    backend.free(source);
    backend.free(target);
    allocator.check(block);
    allocator.free(block);
  },
};

const staleSlots: Case = {
  name: 'BACKEND-3: a freed slot and another backend\'s slot throw GPU_STALE_SLOT everywhere',
  run: ({ backend, other }) => {
    const executable = backend.compile(DOUBLE);
    const live = backend.allocate(16);
    const freed = backend.allocate(16);
    backend.free(freed);
    const reused = backend.allocate(16);
    assert.notEqual(reused, freed);
    for (const slot of [freed, other.allocate(16), other.allocate(16), -1, 0.5, NaN]) {
      const product = { m: 1, n: 1, k: 1, transposeA: false, transposeB: false };
      for (const use of [
        () => backend.free(slot),
        () => backend.write(slot, bytesOf(1)),
        () => backend.read(slot, new Uint8Array(4)),
        () => backend.launch(executable, [live, slot]),
        () => backend.launch(executable, [slot, live]),
        () => backend.matmul({ a: live, b: slot, out: reused, ...product }),
      ]) {
        throwsCode('GPU_STALE_SLOT', /slot/, use);
      }
    }
  },
};

const staleBinding: Case = {
  name: 'BACKEND-3: a slot that was bound and then freed is stale at the next launch',
  run: ({ backend }) => {
    const executable = backend.compile(DOUBLE);
    const [source, target] = [backend.allocate(16), backend.allocate(16)];
    backend.launch(executable, [source, target]);
    backend.free(source);
    throwsCode('GPU_STALE_SLOT', /slot/, () => backend.launch(executable, [source, target]));
    const again = backend.allocate(16);
    throwsCode('GPU_STALE_SLOT', /slot/, () => backend.launch(executable, [source, target]));
    backend.launch(executable, [again, target]);
  },
};

const staleExecutables: Case = {
  name: 'BACKEND-3: a released executable, another backend\'s and a closed backend are stale',
  run: ({ backend, other }) => {
    const slots = [backend.allocate(16), backend.allocate(16)];
    const executable = backend.compile(DOUBLE);
    executable.release();
    throwsCode('GPU_STALE_SLOT', /released/, () => executable.release());
    throwsCode('GPU_STALE_SLOT', /released/, () => backend.launch(executable, slots));
    const foreign = other.compile(DOUBLE);
    throwsCode('GPU_STALE_SLOT', /another/, () => backend.launch(foreign, slots));
    backend.close();
    backend.close();
    throwsCode('GPU_STALE_SLOT', /closed/, () => backend.allocate(16));
    throwsCode('GPU_STALE_SLOT', /closed/, () => backend.compile(DOUBLE));
    throwsCode('GPU_STALE_SLOT', /closed/, () => backend.synchronize());
    throwsCode('GPU_STALE_SLOT', /slot/, () => backend.free(slots[0] ?? -1));
  },
};

const releasesAll: Case = {
  name: 'BACKEND-3: freeing, releasing and closing give all memory back',
  run: ({ backend, allocator }) => {
    const before = allocator.allocatedBytes;
    const bound = new BoundProgram(backend, withTemporaries(100));
    assert.ok(allocator.allocatedBytes > before);
    bound.launch();
    bound.release();
    assert.equal(allocator.allocatedBytes, before);
    backend.allocate(64);
    backend.compile(withTemporaries(100));
    backend.close();
    assert.equal(allocator.allocatedBytes, before);
  },
};

/** relu four times over, so that temporaries are born and die. */
function withTemporaries(count: number): Program {
  const temporary = f32('temporary', count);
  return {
    values: [f32('input', count), temporary, temporary, temporary, f32('output', count)],
    ops: [0, 1, 2, 3].map((a): Op => addOp(a, a, a + 1)),
  };
}

const temporaries: Case = {
  name: 'BACKEND-1: temporaries share memory only when the earlier one is dead',
  run: ({ backend }) => {
    const program: Program = {
      values: [
        f32('input', 3), f32('temporary', 3), f32('temporary', 3), f32('temporary', 3),
        f32('temporary', 3), f32('output', 3), f32('output', 3),
      ],
      ops: [
        addOp(0, 0, 1),
        addOp(1, 0, 2),
        addOp(2, 2, 3),
        addOp(3, 1, 4),
        addOp(4, 3, 5),
        addOp(4, 2, 6),
      ],
    };
    const outputs = runOnce(backend, program, new Map([[0, [1, 10, 100]]]));
    assert.deepEqual([...(outputs.get(5) ?? [])], [14, 140, 1400]);
    assert.deepEqual([...(outputs.get(6) ?? [])], [11, 110, 1100]);
  },
};

const rebinding: Case = {
  name: 'BACKEND-1: bindings may change between launches, and slots may be larger than values',
  run: ({ backend }) => {
    const executable = backend.compile(DOUBLE);
    const large = backend.allocate(32);
    const small = backend.allocate(16);
    const target = backend.allocate(24);
    backend.write(large, bytesOf(1, 1, 1, 1, 7, 7, 7, 7));
    backend.write(small, bytesOf(5, 6, 7, 8));
    backend.write(target, bytesOf(-1, -1), 16);
    const found = new Float32Array(6);
    for (const [source, expected] of [[large, [2, 2, 2, 2]], [small, [10, 12, 14, 16]]] as const) {
      backend.launch(executable, [source, target]);
      backend.read(target, new Uint8Array(found.buffer));
      assert.deepEqual([...found], [...expected, -1, -1]);
    }
    throwsCode('GPU_SHAPE_MISMATCH', /value 1 /, () => backend.launch(executable, [large]));
    const tiny = backend.allocate(15);
    throwsCode('GPU_SHAPE_MISMATCH', /value 0 takes 16 bytes, its slot has 15/, () =>
      backend.launch(executable, [tiny, target]),
    );
  },
};

const byteRanges: Case = {
  name: 'BACKEND-2: writes and reads stay within their slot',
  run: ({ backend }) => {
    const slot = backend.allocate(8);
    backend.write(slot, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    backend.write(slot, Uint8Array.of(9), 7);
    const found = new Uint8Array(3);
    backend.read(slot, found, 5);
    assert.deepEqual([...found], [6, 7, 9]);
    for (const offset of [-1, 6, 0.5]) {
      throwsCode('GPU_SHAPE_MISMATCH', /slot of 8 bytes/, () => backend.read(slot, found, offset));
      throwsCode('GPU_SHAPE_MISMATCH', /slot of 8 bytes/, () => backend.write(slot, found, offset));
    }
    throwsCode('GPU_OPTION_INVALID', /sizeBytes -1/, () => backend.allocate(-1));
  },
};

const outOfMemory: Case = {
  name: 'BACKEND: what does not fit throws GPU_OUT_OF_MEMORY with what was asked and is left',
  run: ({ backend, allocator }) => {
    const before = allocator.allocatedBytes;
    const tooMuch = backend.info.memoryBytes + 1;
    const text = new RegExp(`${tooMuch} bytes.*${backend.info.memoryBytes}`);
    throwsCode('GPU_OUT_OF_MEMORY', text, () => backend.allocate(tooMuch));
    const count = Math.ceil(backend.info.memoryBytes / 4) + 1;
    throwsCode('GPU_OUT_OF_MEMORY', /bytes/, () => backend.compile(withTemporaries(count)));
    assert.equal(allocator.allocatedBytes, before);
  },
};

const directProduct: Case = {
  name: 'KERNELS-D1: matmul is one function for the life of the backend, and checks its sizes',
  run: ({ backend }) => {
    const { matmul } = backend;
    assert.equal(matmul, backend.matmul);
    const [a, b, out] = [backend.allocate(24), backend.allocate(24), backend.allocate(16)];
    backend.write(a, bytesOf(1, 2, 3, 4, 5, 6));
    backend.write(b, bytesOf(1, 0, 0, 1, 1, 1));
    const found = new Float32Array(4);
    const product = (m: number, n: number, k: number, transposeA: boolean, transposeB: boolean) => {
      matmul({ a, b, out, m, n, k, transposeA, transposeB });
      backend.read(out, new Uint8Array(found.buffer));
      return [...found];
    };
    assert.deepEqual(product(2, 2, 3, false, false), [4, 5, 10, 11]);
    assert.deepEqual(product(2, 2, 3, true, false), [6, 8, 8, 10]);
    assert.deepEqual(product(2, 2, 3, false, true), [1, 6, 4, 15]);
    assert.deepEqual(product(2, 2, 3, true, true), [1, 9, 2, 12]);
    throwsCode('GPU_SHAPE_MISMATCH', /36/, () => product(3, 2, 3, false, false));
    throwsCode('GPU_SHAPE_MISMATCH', /-1/, () => product(-1, 2, 3, false, false));
  },
};

const labels: Case = {
  name: 'BACKEND: a label outside the classes throws GPU_LABEL_OUT_OF_RANGE and writes nothing',
  requires: ({ backend }) => backend.capabilities.ops.includes('softmaxCrossEntropy'),
  run: ({ backend }) => {
    const program: Program = {
      values: [
        f32('input', 2, 3), { role: 'input', shape: [2], dtype: 'i32' },
        f32('output', 2), f32('output', 2, 3),
      ],
      ops: [
        { kind: 'softmaxCrossEntropy', logits: 0, labels: 1, losses: 2, gradient: 3, scale: 1 },
      ],
    };
    const bound = new BoundProgram(backend, program);
    bound.write(0, [1, 2, 3, 4, 5, 6]);
    bound.write(2, [7, 7]);
    for (const [label, text] of [[3, /label 3 of row 1/], [-1, /label -1 of row 1/]] as const) {
      bound.write(1, [0, label]);
      throwsCode('GPU_LABEL_OUT_OF_RANGE', text, () => bound.launch());
      assert.deepEqual([...bound.read(2)], [7, 7]);
    }
    bound.write(1, [2, 2]);
    bound.launch();
    assert.ok(bound.read(2).every((loss) => Math.abs(loss - 0.407_606) < 1e-5));
  },
};

const indices: Case = {
  name: 'BACKEND: an index outside the table throws GPU_LABEL_OUT_OF_RANGE and writes nothing',
  requires: ({ backend }) => backend.capabilities.ops.includes('gather') &&
    backend.capabilities.ops.includes('shardScatter'),
  run: ({ backend }) => {
    const values: Program['values'] = [
      f32('input', 3, 2), { role: 'input', shape: [3], dtype: 'i32' }, f32('output', 3, 2),
    ];
    const gather: Program = { values, ops: [{ kind: 'gather', table: 0, indices: 1, out: 2 }] };
    const scatter: Program = {
      values: [...values.slice(0, 2), f32('output', 1, 3, 2)],
      ops: [{ kind: 'shardScatter', gradient: 0, indices: 1, out: 2, edges: [0, 3] }],
    };
    for (const program of [gather, scatter]) {
      const bound = new BoundProgram(backend, program);
      bound.write(0, [1, 2, 3, 4, 5, 6]);
      bound.write(2, [7, 7, 7, 7, 7, 7]);
      for (const bad of [3, -1]) {
        bound.write(1, [0, bad, 1]);
        const text = new RegExp(`label ${bad} of row 1`);
        throwsCode('GPU_LABEL_OUT_OF_RANGE', text, () => bound.launch());
        assert.deepEqual([...bound.read(2)], [7, 7, 7, 7, 7, 7]);
      }
      bound.write(1, [2, 2, 0]);
      bound.launch();
      assert.deepEqual([...bound.read(2)],
        program === gather ? [5, 6, 5, 6, 1, 2] : [5, 6, 0, 0, 4, 6]);
    }
  },
};

export const contractConformance: readonly Case[] = Object.freeze([
  launchOrder,
  hostMemory,
  staleSlots,
  staleBinding,
  staleExecutables,
  releasesAll,
  temporaries,
  rebinding,
  byteRanges,
  outOfMemory,
  directProduct,
  labels,
  indices,
]);
