import type { Op, Program, ValueId } from '../../contract.js';
import type { Read } from './values.js';
import { at, countOf, matrixOf, shapeOf, shardOf } from './values.js';

/** Normalised rows, tables and attention in f64. */

function rowsIn(elements: Float64Array, columns: number): Float64Array[] {
  const count = columns === 0 ? 0 : elements.length / columns;
  return Array.from({ length: count }, (_, row) =>
    elements.slice(row * columns, (row + 1) * columns));
}

function mean(row: Float64Array): number {
  return row.reduce((total, x) => total + x, 0) / row.length;
}

export function normalize(
  program: Program,
  op: Op & { kind: 'normalize' },
  read: Read,
): [ValueId, Float64Array][] {
  const [, columns] = matrixOf(program, op.a);
  const rows = rowsIn(read(op.a), columns).map((row) => {
    const shift = op.centered ? mean(row) : 0;
    const moved = row.map((x) => x - shift);
    const scale = 1 / Math.sqrt(mean(moved.map((d) => d * d)) + op.epsilon);
    return { scale, out: Array.from(moved, (d) => d * scale) };
  });
  const scales = new Float64Array(countOf(program, op.scale)).fill(Number.NaN);
  rows.forEach(({ scale }, row) => { scales[row] = scale; });
  return [[op.out, Float64Array.from(rows.flatMap(({ out }) => out))], [op.scale, scales]];
}

export function normalizeGradient(
  program: Program,
  op: Op & { kind: 'normalizeGradient' },
  read: Read,
): Float64Array {
  const [, columns] = matrixOf(program, op.out);
  const outputs = rowsIn(read(op.output), columns);
  const scales = read(op.scale);
  return Float64Array.from(rowsIn(read(op.gradient), columns).flatMap((g, row) => {
    const y = outputs[row] ?? g;
    const shift = op.centered ? mean(g) : 0;
    const slope = mean(g.map((x, i) => x * at(y, i)));
    return Array.from(g, (x, i) => (x - shift - at(y, i) * slope) * at(scales, row));
  }));
}

export function gather(
  program: Program,
  op: Op & { kind: 'gather' },
  read: Read,
): Float64Array {
  const [, columns] = matrixOf(program, op.table);
  const table = read(op.table);
  const out = new Float64Array(countOf(program, op.out));
  read(op.indices).forEach((index, row) => {
    out.set(table.slice(index * columns, (index + 1) * columns), row * columns);
  });
  return out;
}

export function shardScatter(
  program: Program,
  op: Op & { kind: 'shardScatter' },
  read: Read,
): Float64Array {
  const [rows, columns] = matrixOf(program, op.gradient);
  const [, count = 0] = shapeOf(program, op.out);
  const gradient = read(op.gradient);
  const named = read(op.indices);
  const out = new Float64Array(countOf(program, op.out));
  for (let row = 0; row < rows; row += 1) {
    const target = (shardOf(op.edges, row) * count + at(named, row)) * columns;
    for (let j = 0; j < columns; j += 1) {
      out[target + j] = at(out, target + j) + at(gradient, row * columns + j);
    }
  }
  return out;
}

/** Element d of query (0), key (1) or value (2) of a token in head h, as an index into qkv. */
type QkvIndex = (part: number, sample: number, token: number, h: number, d: number) => number;

interface Heads {
  readonly batch: number;
  readonly tokens: number;
  readonly size: number;
  readonly qkvAt: QkvIndex;
  readonly outAt: (sample: number, token: number, h: number, d: number) => number;
}

function headsOf(program: Program, qkv: ValueId, heads: number): Heads {
  const [batch = 0, tokens = 0, wide = 0] = shapeOf(program, qkv);
  const size = wide / 3 / heads;
  return {
    batch, tokens, size,
    qkvAt: (part, sample, token, h, d) =>
      (sample * tokens + token) * wide + (part * heads + h) * size + d,
    outAt: (sample, token, h, d) => ((sample * tokens + token) * heads + h) * size + d,
  };
}

function indices(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, x) => total + x, 0);
}

/** Scores of query `i` with the keys up to it. */
function scoresOf(
  heads: Heads,
  qkv: Float64Array,
  factor: number,
  [sample, h, i]: readonly [number, number, number],
): number[] {
  return indices(i + 1).map((j) => factor * sum(indices(heads.size).map((d) =>
    at(qkv, heads.qkvAt(0, sample, i, h, d)) * at(qkv, heads.qkvAt(1, sample, j, h, d)))));
}

export function attention(
  program: Program,
  op: Op & { kind: 'attention' },
  read: Read,
): [ValueId, Float64Array][] {
  const heads = headsOf(program, op.qkv, op.heads);
  const qkv = read(op.qkv);
  const out = new Float64Array(countOf(program, op.out));
  const logSum = new Float64Array(countOf(program, op.logSum));
  for (const sample of indices(heads.batch)) {
    for (const h of indices(op.heads)) {
      for (const i of indices(heads.tokens)) {
        const scores = scoresOf(heads, qkv, op.factor, [sample, h, i]);
        const largest = Math.max(...scores);
        const exps = scores.map((score) => Math.exp(score - largest));
        const total = sum(exps);
        logSum[(sample * op.heads + h) * heads.tokens + i] = largest + Math.log(total);
        for (const d of indices(heads.size)) {
          out[heads.outAt(sample, i, h, d)] = sum(exps.map((e, j) =>
            (e / total) * at(qkv, heads.qkvAt(2, sample, j, h, d))));
        }
      }
    }
  }
  return [[op.out, out], [op.logSum, logSum]];
}

export function attentionGradient(
  program: Program,
  op: Op & { kind: 'attentionGradient' },
  read: Read,
): Float64Array {
  const heads = headsOf(program, op.qkv, op.heads);
  const [qkv, gradient, output, logSum] =
    [read(op.qkv), read(op.gradient), read(op.output), read(op.logSum)];
  const out = new Float64Array(countOf(program, op.out));
  const add = (index: number, x: number): void => { out[index] = at(out, index) + x; };
  for (const sample of indices(heads.batch)) {
    for (const h of indices(op.heads)) {
      for (const i of indices(heads.tokens)) {
        const g = (d: number): number => at(gradient, heads.outAt(sample, i, h, d));
        const shift = sum(indices(heads.size).map((d) =>
          g(d) * at(output, heads.outAt(sample, i, h, d))));
        scoresOf(heads, qkv, op.factor, [sample, h, i]).forEach((score, j) => {
          const p = Math.exp(score - at(logSum, (sample * op.heads + h) * heads.tokens + i));
          const value = sum(indices(heads.size).map((d) =>
            g(d) * at(qkv, heads.qkvAt(2, sample, j, h, d))));
          const t = p * (value - shift) * op.factor;
          for (const d of indices(heads.size)) {
            add(heads.qkvAt(0, sample, i, h, d), t * at(qkv, heads.qkvAt(1, sample, j, h, d)));
            add(heads.qkvAt(1, sample, j, h, d), t * at(qkv, heads.qkvAt(0, sample, i, h, d)));
            add(heads.qkvAt(2, sample, j, h, d), p * g(d));
          }
        });
      }
    }
  }
  return out;
}
