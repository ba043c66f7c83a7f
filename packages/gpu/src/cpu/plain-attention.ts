import { expF32, logF32 } from '../elementary.js';
import { laneSum } from './plain-rows.js';

/**
 * Causal attention in plain TypeScript, in the order of operations that the contract states; a
 * chain is fround(sum + fround(a · b)). Shapes were validated; `as number` stands where an index is
 * in range.
 */

const f = Math.fround;

/** Sizes of one operation: qkv is (batch, tokens, 3 · heads · size). */
export interface AttentionSize {
  readonly batch: number;
  readonly tokens: number;
  readonly heads: number;
  readonly size: number;
  readonly factor: number;
}

/** One head of one sample: where its rows lie. */
interface Head {
  readonly tokens: number;
  readonly size: number;
  readonly factor: number;
  /** First number of the first query; keys and values lie `wide` and 2 · `wide` further. */
  readonly query: number;
  /** Numbers of all heads. */
  readonly wide: number;
  /** First number of the head's first row of out. */
  readonly out: number;
  /** First number of the head's sums. */
  readonly sums: number;
}

function eachHead(size: AttentionSize, visit: (head: Head) => void): void {
  const wide = size.heads * size.size;
  for (let sample = 0; sample < size.batch; sample += 1) {
    for (let head = 0; head < size.heads; head += 1) {
      const row = sample * size.tokens;
      visit({
        tokens: size.tokens,
        size: size.size,
        factor: f(size.factor),
        query: row * 3 * wide + head * size.size,
        wide,
        out: row * wide + head * size.size,
        sums: (sample * size.heads + head) * size.tokens,
      });
    }
  }
}

/** The chain of x[from …] · y[to …], `count` long. */
function dot(x: Float32Array, from: number, y: Float32Array, to: number, count: number): number {
  let sum = 0;
  for (let d = 0; d < count; d += 1) {
    sum = f(sum + f((x[from + d] as number) * (y[to + d] as number)));
  }
  return sum;
}

/** The chains out[to …] += factor · x[from …], one step of each. */
function extend(
  out: Float32Array,
  to: number,
  factor: number,
  x: Float32Array,
  from: number,
  count: number,
): void {
  for (let d = 0; d < count; d += 1) {
    out[to + d] = (out[to + d] as number) + f(factor * (x[from + d] as number));
  }
}

export function attend(
  qkv: Float32Array,
  out: Float32Array,
  logSum: Float32Array,
  size: AttentionSize,
): void {
  const scores = new Float32Array(size.tokens);
  eachHead(size, (head) => {
    const { wide, size: count } = head;
    for (let i = 0; i < head.tokens; i += 1) {
      const query = head.query + i * 3 * wide;
      let largest = -Infinity;
      for (let j = 0; j <= i; j += 1) {
        const key = head.query + j * 3 * wide + wide;
        const score = f(dot(qkv, query, qkv, key, count) * head.factor);
        scores[j] = score;
        if (score > largest) largest = score;
      }
      for (let j = 0; j <= i; j += 1) scores[j] = expF32(f((scores[j] as number) - largest));
      const sum = laneSum(i + 1, (j) => scores[j] as number);
      const to = head.out + i * wide;
      out.fill(0, to, to + count);
      for (let j = 0; j <= i; j += 1) {
        const value = head.query + j * 3 * wide + 2 * wide;
        extend(out, to, f((scores[j] as number) / sum), qkv, value, count);
      }
      logSum[head.sums + i] = largest + logF32(sum);
    }
  });
}

/** What `attendGradient` reads. */
export interface AttendedRows {
  readonly gradient: Float32Array;
  readonly qkv: Float32Array;
  readonly output: Float32Array;
  readonly logSum: Float32Array;
}

export function attendGradient(rows: AttendedRows, out: Float32Array, size: AttentionSize): void {
  const { gradient, qkv, output, logSum } = rows;
  out.fill(0, 0, 3 * size.batch * size.tokens * size.heads * size.size);
  eachHead(size, (head) => {
    const { wide, size: count } = head;
    for (let i = 0; i < head.tokens; i += 1) {
      const query = head.query + i * 3 * wide;
      const own = head.out + i * wide;
      const mean = laneSum(count, (d) =>
        f((gradient[own + d] as number) * (output[own + d] as number)));
      for (let j = 0; j <= i; j += 1) {
        const key = head.query + j * 3 * wide + wide;
        const score = f(dot(qkv, query, qkv, key, count) * head.factor);
        const p = expF32(f(score - (logSum[head.sums + i] as number)));
        const change = f(dot(gradient, own, qkv, key + wide, count) - mean);
        const t = f(f(p * change) * head.factor);
        extend(out, query, t, qkv, key, count);
        extend(out, key, t, qkv, query, count);
        extend(out, key + wide, p, gradient, own, count);
      }
    }
  });
}
