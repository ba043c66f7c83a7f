/**
 * The matrix product in plain TypeScript. Every element of the result is one chain acc = fround(acc
 * + fround(a·b)) from +0 in ascending k (NUMERICS-N1, profile 'plain-f32': ECMAScript has no f32
 * fused multiply-add), so tiles, strides and batch splits do not show in the bits.
 */

const f = Math.fround;

/** A matrix inside `data`: element (i, j) is data[offset + i·row + j·column]. */
export interface Strided {
  readonly data: Float32Array;
  readonly offset: number;
  readonly row: number;
  readonly column: number;
}

/** What happens to a finished chain before it is stored. */
export interface Epilogue {
  readonly bias: Float32Array | undefined;
  readonly relu: boolean;
}

const NO_EPILOGUE: Epilogue = Object.freeze({ bias: undefined, relu: false });

/** Row-major (rows, columns) from `offset`, read as its transpose when `transposed`. */
export function matrixOf(
  data: Float32Array,
  offset: number,
  columns: number,
  transposed: boolean,
): Strided {
  return transposed
    ? { data, offset, row: 1, column: columns }
    : { data, offset, row: columns, column: 1 };
}

/** out[outOffset …](m,n) = epilogue(a(m,k) · b(k,n)), row-major without padding. */
export function product(
  a: Strided,
  b: Strided,
  out: Float32Array,
  outOffset: number,
  size: { readonly m: number; readonly n: number; readonly k: number },
  epilogue: Epilogue = NO_EPILOGUE,
): void {
  const { m, n, k } = size;
  const wide = n - (n % 4);
  const tall = m - (m % 2);
  for (let i = 0; i < tall; i += 2) {
    for (let j = 0; j < wide; j += 4) tile2x4(a, b, out, outOffset + i * n + j, i, j, n, k);
    for (let j = wide; j < n; j += 1) {
      out[outOffset + i * n + j] = chain(a, b, i, j, k);
      out[outOffset + (i + 1) * n + j] = chain(a, b, i + 1, j, k);
    }
  }
  if (tall < m) {
    for (let j = 0; j < n; j += 1) out[outOffset + tall * n + j] = chain(a, b, tall, j, k);
  }
  if (epilogue.bias !== undefined) addRow(out, outOffset, epilogue.bias, m, n);
  if (epilogue.relu) rectify(out, outOffset, m * n);
}

/** Eight chains at once: 2 GFLOP/s where one chain at a time gives 0.5. */
function tile2x4(
  a: Strided,
  b: Strided,
  out: Float32Array,
  at: number,
  i: number,
  j: number,
  n: number,
  k: number,
): void {
  const x = a.data;
  const y = b.data;
  const row = a.row;
  const column = b.column;
  let p = a.offset + i * row;
  let q = b.offset + j * column;
  let c00 = 0, c01 = 0, c02 = 0, c03 = 0;
  let c10 = 0, c11 = 0, c12 = 0, c13 = 0;
  for (let step = 0; step < k; step += 1) {
    const a0 = x[p] as number; // in range: validated shapes
    const a1 = x[p + row] as number;
    const b0 = y[q] as number;
    const b1 = y[q + column] as number;
    const b2 = y[q + 2 * column] as number;
    const b3 = y[q + 3 * column] as number;
    c00 = f(c00 + f(a0 * b0));
    c01 = f(c01 + f(a0 * b1));
    c02 = f(c02 + f(a0 * b2));
    c03 = f(c03 + f(a0 * b3));
    c10 = f(c10 + f(a1 * b0));
    c11 = f(c11 + f(a1 * b1));
    c12 = f(c12 + f(a1 * b2));
    c13 = f(c13 + f(a1 * b3));
    p += a.column;
    q += b.row;
  }
  out[at] = c00;
  out[at + 1] = c01;
  out[at + 2] = c02;
  out[at + 3] = c03;
  out[at + n] = c10;
  out[at + n + 1] = c11;
  out[at + n + 2] = c12;
  out[at + n + 3] = c13;
}

function chain(a: Strided, b: Strided, i: number, j: number, k: number): number {
  const x = a.data;
  const y = b.data;
  let p = a.offset + i * a.row;
  let q = b.offset + j * b.column;
  let sum = 0;
  for (let step = 0; step < k; step += 1) {
    sum = f(sum + f((x[p] as number) * (y[q] as number))); // in range: validated shapes
    p += a.column;
    q += b.row;
  }
  return sum;
}

/** out(m,n) += bias(n) in place. */
function addRow(out: Float32Array, offset: number, bias: Float32Array, m: number, n: number): void {
  for (let i = 0; i < m; i += 1) {
    const at = offset + i * n;
    for (let j = 0; j < n; j += 1) {
      out[at + j] = (out[at + j] as number) + (bias[j] as number); // in range: validated shapes
    }
  }
}

function rectify(out: Float32Array, offset: number, count: number): void {
  for (let i = offset; i < offset + count; i += 1) {
    if ((out[i] as number) < 0) out[i] = 0; // in range: validated shapes
  }
}
