import { philox4x32 } from '../counter-random.js';

/** Random numbers of rows in plain TypeScript, four of each block of the generator. */
export function uniformRows(
  draws: Int32Array,
  out: Float32Array,
  { rows, n }: { readonly rows: number; readonly n: number },
  { seed, stream }: { readonly seed: number; readonly stream: number },
): void {
  const key = [seed | 0, Math.floor(seed / 2 ** 32)] as const;
  for (let row = 0; row < rows; row += 1) {
    const [first = 0, second = 0] = draws.subarray(2 * row, 2 * row + 2);
    for (let e = 0; e < n; e += 4) {
      const words = philox4x32([first, second, stream | 0, e / 4], key);
      for (let i = 0; i < 4 && e + i < n; i += 1) {
        out[row * n + e + i] = ((words[i] ?? 0) >>> 8) * 2 ** -24;
      }
    }
  }
}
