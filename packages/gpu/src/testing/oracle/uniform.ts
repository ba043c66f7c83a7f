import type { Op, Program } from '../../contract.js';
import type { Read } from './values.js';
import { at, countOf, shapeOf } from './values.js';

/** Philox 4x32-10 in whole numbers of any size, one block for each number. */

const WORD = 2n ** 32n;

export function uniform(program: Program, op: Op & { kind: 'uniform' }, read: Read): Float64Array {
  const draws = read(op.draws);
  const [rows = 0] = shapeOf(program, op.out);
  const n = rows === 0 ? 0 : countOf(program, op.out) / rows;
  return Float64Array.from({ length: rows * n }, (_, index) => {
    const row = Math.floor(index / n);
    const e = index % n;
    const counter = [at(draws, 2 * row), at(draws, 2 * row + 1), op.stream, Math.floor(e / 4)];
    const word = philox(counter.map((x) => BigInt.asUintN(32, BigInt(x))), BigInt(op.seed))[e % 4];
    return Number((word ?? 0n) >> 8n) / 2 ** 24;
  });
}

function philox(counter: readonly bigint[], seed: bigint): readonly bigint[] {
  let [a = 0n, b = 0n, c = 0n, d = 0n] = counter;
  for (let round = 0n; round < 10n; round += 1n) {
    const first = (seed + round * 0x9e3779b9n) % WORD;
    const second = (seed / WORD + round * 0xbb67ae85n) % WORD;
    const x = 0xd2511f53n * a;
    const y = 0xcd9e8d57n * c;
    [a, b, c, d] = [(y / WORD) ^ b ^ first, y % WORD, (x / WORD) ^ d ^ second, x % WORD];
  }
  return [a, b, c, d];
}
