import type { DType, Op, Program, Shape, ValueId } from '../contract.js';
import { GpuError } from '../errors.js';
import { elementCount, lastTwo, rowsOf } from '../shape.js';
import type { AttentionSize } from './plain-attention.js';
import { attend, attendGradient } from './plain-attention.js';
import { bf16Product, widened } from './plain-bf16.js';
import type { Held } from './plain-cast.js';
import { castElements, conversionOf } from './plain-cast.js';
import { mapStep } from './plain-map.js';
import { normalizeGradientRows, normalizeRows } from './plain-normalize.js';
import { matrixOf, product } from './plain-product.js';
import {
  argmaxRows, badLabel, columnSums, crossEntropyRows, gatherRows, LANES, scatterRows,
} from './plain-rows.js';
import { shardProduct, shardSum, sumEntries } from './plain-shards.js';
import { reduceRows, softmaxGradientRows, softmaxRows } from './plain-softmax.js';
import { uniformRows } from './plain-uniform.js';
import { adamwStep, sgdStep } from './plain-update.js';
import type { ViewSizes } from './plain-view.js';
import { viewGradientRows, viewRows } from './plain-view.js';
import type { Memory, Runner } from './runner.js';

/**
 * Every operation of the contract in plain TypeScript: each becomes a closure when the program is
 * compiled, and running calls them in order without allocating. Trusts the program (VALIDATE-1).
 */

/** Views by value id: a value that has a place has those of its dtype's size. */
interface Views {
  readonly f32: Float32Array[];
  readonly i32: Int32Array[];
  readonly u16: Uint16Array[];
  readonly u8: Uint8Array[];
}

type Step = (views: Views) => void;

/** The views that hold numbers of each dtype, those of bf16 and f16 as their bits. */
const HELD_IN: Readonly<Record<DType, keyof Views>> = Object.freeze({
  f32: 'f32', i32: 'i32', bf16: 'u16', f16: 'u16', u8: 'u8', bool: 'u8',
});

/** @param program validated, its kinds all among OP_KINDS. */
export function createPlainRunner(program: Program): Runner {
  const views: Views = {
    f32: program.values.map(() => new Float32Array(0)),
    i32: program.values.map(() => new Int32Array(0)),
    u16: program.values.map(() => new Uint16Array(0)),
    u8: program.values.map(() => new Uint8Array(0)),
  };
  const steps = program.ops.map((op, index) => new StepBuilder(program, index).step(op));
  return {
    place(id: ValueId, memory: Memory, first: number): void {
      const { dtype } = program.values[id] ?? {};
      if (dtype === 'f32' || dtype === 'i32') {
        views.f32[id] = first === 0 ? memory.f32 : memory.f32.subarray(first / 4);
        views.i32[id] = first === 0 ? memory.i32 : memory.i32.subarray(first / 4);
        return;
      }
      const { buffer, byteOffset, byteLength } = memory.bytes.subarray(first);
      if (dtype === 'u8' || dtype === 'bool') views.u8[id] = memory.bytes.subarray(first);
      else views.u16[id] = new Uint16Array(buffer, byteOffset, Math.floor(byteLength / 2));
    },
    run(): void {
      for (const step of steps) step(views);
    },
  };
}

/** Makes the closure of one operation, with all sizes worked out beforehand. */
class StepBuilder {
  readonly #program: Program;
  readonly #index: number;

  constructor(program: Program, index: number) {
    this.#program = program;
    this.#index = index;
  }

  step(op: Op): Step {
    switch (op.kind) {
      case 'matmul':
        return this.#matmul(op);
      case 'batchMatmul':
        return this.#batchMatmul(op);
      case 'shardMatmul':
        return this.#shardMatmul(op);
      case 'shardColumnSum':
        return this.#shardColumnSum(op);
      case 'map': {
        const map = mapStep(this.#program, op);
        return ({ f32 }) => map(f32);
      }
      case 'softmaxCrossEntropy':
        return this.#softmaxCrossEntropy(op);
      case 'argmax': {
        const [m, n] = this.#matrix(op.a);
        return ({ f32, i32 }) => argmaxRows(at(f32, op.a), at(i32, op.out), m, n);
      }
      case 'normalize': {
        const [rows, n] = this.#matrix(op.a);
        return ({ f32 }) => {
          normalizeRows(at(f32, op.a), at(f32, op.out), at(f32, op.scale), { rows, n }, op);
        };
      }
      case 'normalizeGradient': {
        const [rows, n] = this.#matrix(op.out);
        return ({ f32 }) => {
          const [gradient, output] = [at(f32, op.gradient), at(f32, op.output)];
          const normalized = { gradient, output, scale: at(f32, op.scale) };
          normalizeGradientRows(normalized, at(f32, op.out), { rows, n }, op.centered);
        };
      }
      case 'reduce':
      case 'softmax':
      case 'softmaxGradient':
        return this.#softmax(op);
      case 'gather':
        return this.#gather(op);
      case 'shardScatter':
        return this.#shardScatter(op);
      case 'attention':
      case 'attentionGradient':
        return this.#attention(op);
      case 'view': {
        const sizes = this.#viewSizes(op.a, op.out);
        return ({ f32 }) => viewRows(at(f32, op.a), at(f32, op.out), op, sizes);
      }
      case 'viewGradient': {
        const sizes = this.#viewSizes(op.out, op.gradient);
        return ({ f32 }) => viewGradientRows(at(f32, op.gradient), at(f32, op.out), op, sizes);
      }
      case 'uniform': {
        const [rows = 0, ...inner] = this.#program.values[op.out]?.shape ?? [];
        const size = { rows, n: elementCount(inner) };
        return ({ f32, i32 }) => uniformRows(at(i32, op.draws), at(f32, op.out), size, op);
      }
      case 'cast':
        return this.#cast(op);
      case 'sgd':
      case 'adamw':
        return this.#update(op);
    }
  }

  #matmul(op: Op & { kind: 'matmul' }): Step {
    const [aRows, aColumns] = this.#matrix(op.a);
    const [, bColumns] = this.#matrix(op.b);
    const [m, n] = this.#matrix(op.out);
    const size = { m, n, k: op.transposeA ? aRows : aColumns };
    const rectified = op.activation === 'relu';
    if (this.#dtype(op.a) === 'bf16') {
      const [widenA, widenB] = [widened(this.#count(op.a)), widened(this.#count(op.b))];
      return ({ f32, u16 }) => {
        const a = matrixOf(widenA(at(u16, op.a)), 0, aColumns, op.transposeA);
        const b = matrixOf(widenB(at(u16, op.b)), 0, bColumns, op.transposeB);
        const bias = op.bias === undefined ? undefined : at(f32, op.bias);
        bf16Product(a, b, at(f32, op.out), size, { bias, relu: rectified });
      };
    }
    return ({ f32 }) => {
      const a = matrixOf(at(f32, op.a), 0, aColumns, op.transposeA);
      const b = matrixOf(at(f32, op.b), 0, bColumns, op.transposeB);
      const bias = op.bias === undefined ? undefined : at(f32, op.bias);
      product(a, b, at(f32, op.out), 0, size, { bias, relu: rectified });
    };
  }

  #batchMatmul(op: Op & { kind: 'batchMatmul' }): Step {
    const shapeOf = (id: ValueId): Shape => this.#program.values[id]?.shape ?? [];
    const [, aColumns] = lastTwo(shapeOf(op.a), false);
    const [, bColumns] = lastTwo(shapeOf(op.b), false);
    const [m, k] = lastTwo(shapeOf(op.a), op.transposeA);
    const [, n] = lastTwo(shapeOf(op.b), op.transposeB);
    const count = elementCount(shapeOf(op.out).slice(0, -2));
    return ({ f32 }) => {
      for (let i = 0; i < count; i += 1) {
        const a = matrixOf(at(f32, op.a), i * m * k, aColumns, op.transposeA);
        const b = matrixOf(at(f32, op.b), i * k * n, bColumns, op.transposeB);
        product(a, b, at(f32, op.out), i * m * n, { m, n, k });
      }
    };
  }

  #shardMatmul(op: Op & { kind: 'shardMatmul' }): Step {
    const [, m] = this.#matrix(op.a);
    const [, n] = this.#matrix(op.b);
    const { edges } = op;
    const shards = edges.length - 1;
    const entries = op.sum ? sumEntries(shards, m * n) : [];
    return ({ f32 }) => {
      const factors = { a: at(f32, op.a), b: at(f32, op.b), edges, m, n };
      const out = at(f32, op.out);
      if (op.sum) return shardSum(factors, out, entries);
      for (let s = 0; s < shards; s += 1) shardProduct(factors, s, out, s * m * n);
    };
  }

  #shardColumnSum(op: Op & { kind: 'shardColumnSum' }): Step {
    const [, ...rest] = this.#program.values[op.a]?.shape ?? [];
    const n = elementCount(rest);
    const ranges = shardsOf(op.edges);
    const lanes = new Float32Array(LANES * n);
    return ({ f32 }) => {
      ranges.forEach((rows, shard) => {
        columnSums(at(f32, op.a), rows, n, at(f32, op.out), shard * n, lanes);
      });
    };
  }

  #softmaxCrossEntropy(op: Op & { kind: 'softmaxCrossEntropy' }): Step {
    const [m, n] = this.#matrix(op.logits);
    const lanes = new Float32Array(LANES);
    return ({ f32, i32 }) => {
      const labels = at(i32, op.labels);
      this.#checkLabels(op.kind, labels, m, n);
      const [logits, losses] = [at(f32, op.logits), at(f32, op.losses)];
      const gradient = at(f32, op.gradient);
      crossEntropyRows({ logits, labels, losses, gradient, m, n, scale: op.scale }, lanes);
    };
  }

  #softmax(op: Op & { kind: 'reduce' | 'softmax' | 'softmaxGradient' }): Step {
    const [rows, n] = this.#matrix(op.kind === 'softmaxGradient' ? op.gradient : op.a);
    if (op.kind === 'reduce') {
      return ({ f32 }) => reduceRows(at(f32, op.a), at(f32, op.out), { rows, n }, op.how);
    }
    if (op.kind === 'softmax') {
      return ({ f32 }) => softmaxRows(at(f32, op.a), at(f32, op.out), { rows, n }, op.log);
    }
    return ({ f32 }) => {
      const reads = { gradient: at(f32, op.gradient), output: at(f32, op.output) };
      softmaxGradientRows(reads, at(f32, op.out), { rows, n }, op.log);
    };
  }

  #gather(op: Op & { kind: 'gather' }): Step {
    const [count, n] = this.#matrix(op.table);
    const rows = this.#count(op.indices);
    return ({ f32, i32 }) => {
      const indices = at(i32, op.indices);
      this.#checkLabels(op.kind, indices, rows, count);
      gatherRows(at(f32, op.table), indices, at(f32, op.out), { rows, n });
    };
  }

  #shardScatter(op: Op & { kind: 'shardScatter' }): Step {
    const [rows, n] = this.#matrix(op.gradient);
    const [, count = 0] = this.#program.values[op.out]?.shape ?? [];
    const ranges = shardsOf(op.edges);
    return ({ f32, i32 }) => {
      const indices = at(i32, op.indices);
      this.#checkLabels(op.kind, indices, rows, count);
      const out = at(f32, op.out).fill(0, 0, ranges.length * count * n);
      ranges.forEach((range, shard) => {
        scatterRows(at(f32, op.gradient), indices, out, shard * count * n, { ...range, n });
      });
    };
  }

  #checkLabels(kind: Op['kind'], labels: Int32Array, rows: number, count: number): void {
    const bad = badLabel(labels, rows, count);
    if (bad < 0) return;
    throw new GpuError(
      'GPU_LABEL_OUT_OF_RANGE',
      `operation ${this.#index} (${kind}): label ${labels[bad]} of row ${bad} is outside ` +
        `[0, ${count})`,
    );
  }

  #attention(op: Op & { kind: 'attention' | 'attentionGradient' }): Step {
    const size = this.#attentionSize(op);
    if (op.kind === 'attention') {
      return ({ f32 }) => attend(at(f32, op.qkv), at(f32, op.out), at(f32, op.logSum), size);
    }
    return ({ f32 }) => {
      const [gradient, qkv] = [at(f32, op.gradient), at(f32, op.qkv)];
      const [output, logSum] = [at(f32, op.output), at(f32, op.logSum)];
      attendGradient({ gradient, qkv, output, logSum }, at(f32, op.out), size);
    };
  }

  #attentionSize(op: Op & { kind: 'attention' | 'attentionGradient' }): AttentionSize {
    const [batch = 0, tokens = 0, wide = 0] = this.#program.values[op.qkv]?.shape ?? [];
    const { heads, factor } = op;
    return { batch, tokens, heads, size: wide / 3 / heads, factor };
  }

  #viewSizes(wholeId: ValueId, viewedId: ValueId): ViewSizes {
    const [batch = 0, ...whole] = this.#program.values[wholeId]?.shape ?? [];
    const [, ...viewed] = this.#program.values[viewedId]?.shape ?? [];
    return { batch, whole: elementCount(whole), viewed: elementCount(viewed) };
  }

  #cast(op: Op & { kind: 'cast' }): Step {
    const [from, to] = [this.#dtype(op.a), this.#dtype(op.out)];
    const [read, write] = [HELD_IN[from], HELD_IN[to]];
    const conversion = conversionOf(from, to);
    const count = this.#count(op.a);
    return (views) => {
      castElements(at<Held>(views[read], op.a), at<Held>(views[write], op.out), count, conversion);
    };
  }

  #update(op: Op & { kind: 'sgd' | 'adamw' }): Step {
    const count = this.#count(op.parameter);
    const shared = (f32: Float32Array[]) => ({
      parameter: at(f32, op.parameter),
      gradient: at(f32, op.gradient),
      hyper: at(f32, op.hyper),
      nextParameter: at(f32, op.nextParameter),
    });
    if (op.kind === 'sgd') {
      return ({ f32 }) => {
        const [velocity, nextVelocity] = [at(f32, op.velocity), at(f32, op.nextVelocity)];
        sgdStep({ ...shared(f32), velocity, nextVelocity }, count);
      };
    }
    return ({ f32 }) => {
      const [first, second] = [at(f32, op.first), at(f32, op.second)];
      const [nextFirst, nextSecond] = [at(f32, op.nextFirst), at(f32, op.nextSecond)];
      adamwStep({ ...shared(f32), first, second, nextFirst, nextSecond }, count);
    };
  }

  #dtype(id: ValueId): DType {
    return this.#program.values[id]?.dtype ?? 'f32';
  }

  #matrix(id: ValueId): readonly [number, number] {
    return rowsOf(this.#program.values[id]?.shape ?? []);
  }

  #count(id: ValueId): number {
    return elementCount(this.#program.values[id]?.shape ?? [0]);
  }
}

function at<T>(views: readonly T[], id: ValueId): T {
  return views[id] as T; // VALIDATE-1: the id is one of the program's
}

function shardsOf(edges: readonly number[]): { readonly from: number; readonly to: number }[] {
  return edges.slice(1).map((to, shard) => ({ from: edges[shard] ?? 0, to }));
}
