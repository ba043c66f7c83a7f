/** Digits as text, side by side. */
import type { HeldOut } from '@ganglion/app';

const SIDE = 28;
/** The digits lie in the middle 20 × 20 pixels. */
const MARGIN = 4;
const INK = 0.4;
const GAP = '   ';

/** Bits of a braille character's dots: four rows of two. */
const DOTS: readonly (readonly [number, number])[] = [
  [0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80],
];

/** The middle of one digit as five lines of ten characters. */
function digitLines(pixels: Float32Array): readonly string[] {
  const lines: string[] = [];
  for (let top = MARGIN; top < SIDE - MARGIN; top += DOTS.length) {
    let line = '';
    for (let left = MARGIN; left < SIDE - MARGIN; left += 2) {
      let dots = 0;
      for (const [row, bits] of DOTS.entries()) {
        for (const [column, bit] of bits.entries()) {
          const pixel = pixels[(top + row) * SIDE + left + column] ?? 0;
          if (pixel > INK) dots |= bit;
        }
      }
      line += String.fromCodePoint(0x2800 + dots);
    }
    lines.push(line);
  }
  return lines;
}

/** Six digits: five that were predicted right, and one that was not if there is one. */
export function digitsText({ samples, labels, predictions }: HeldOut): string {
  const all = [...labels.keys()];
  const wrong = all.filter((at) => labels[at] !== predictions[at]).slice(0, 1);
  const right = [...new Map(all
    .filter((at) => labels[at] === predictions[at])
    .map((at) => [labels[at], at])).entries()]
    .toSorted(([a = 0], [b = 0]) => a - b)
    .map(([, at]) => at)
    .slice(0, 6 - wrong.length);
  const shown = [...right, ...wrong];
  const size = SIDE * SIDE;
  const drawn = shown.map((at) => digitLines(samples.subarray(at * size, (at + 1) * size)));
  const rows = Array.from({ length: drawn[0]?.length ?? 0 }, (_, row) =>
    drawn.map((lines) => lines[row] ?? '').join(GAP));
  const captions = shown.map((at) => {
    const label = labels[at];
    const predicted = predictions[at];
    return (label === predicted ? `${predicted}` : `${predicted}, not ${label}`).padEnd(10);
  });
  return [...rows, captions.join(GAP).trimEnd()].join('\n');
}
