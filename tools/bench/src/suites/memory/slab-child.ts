/**
 * Ganglion's side of memory/slab: on one thread a victim among LIVE blocks is freed and a block of
 * another size allocated in its place. Arguments: pairs of one sample.
 */
import { createRegion, createSlab, planRegion, slabWords } from '@ganglion/memory';
import { mix } from '../../child/elements.js';
import { serveSamples } from '../../child/serve-samples.js';

const LIVE = 1_024;
const SIZE_MIN = 64;
/** A size is SIZE_MIN plus less than this, in bytes. */
const SIZE_RANGE = 1_984;
/** Room for all live blocks in one class, and for those that the thread keeps. */
const CLASSES = [64, 128, 256, 512, 1_024, 2_048].map((sizeBytes) => ({ sizeBytes, count: 2_048 }));
const WARMUPS = 3;

const [pairsText] = process.argv.slice(2);
const pairs = Number(pairsText);
const { words, plan: { sections } } = createRegion(planRegion([
  { name: 'control', count: slabWords(CLASSES).control, elementBytes: 4 },
  { name: 'blocks', count: slabWords(CLASSES).data, elementBytes: 4 },
]));
const slab = createSlab(words, {
  classes: CLASSES, data: sections.blocks.word, control: sections.control.word,
});
const own = slab.thread(0);

interface Held {
  readonly blocks: Int32Array;
  readonly generations: Int32Array;
  /** Written into the first and the last word of each block. */
  readonly tags: Int32Array;
  readonly lastWords: Int32Array;
}

const held: Held = {
  blocks: new Int32Array(LIVE), generations: new Int32Array(LIVE),
  tags: new Int32Array(LIVE), lastWords: new Int32Array(LIVE),
};

function allocate(slot: number, random: number): void {
  const sizeBytes = SIZE_MIN + (random % SIZE_RANGE);
  const block = own.allocate(sizeBytes);
  if (block === 0) throw slab.refusal(sizeBytes);
  const first = slab.word(block);
  const last = first + (sizeBytes >> 2) - 1;
  held.blocks[slot] = block;
  held.generations[slot] = slab.generation(block);
  held.tags[slot] = random;
  held.lastWords[slot] = last;
  words[first] = random;
  words[last] = random;
}

/** Frees a block; 1 if its words were still as they were written. */
function free(slot: number): number {
  const block = held.blocks[slot] ?? 0;
  const tag = held.tags[slot];
  const whole = words[slab.word(block)] === tag && words[held.lastWords[slot] ?? 0] === tag;
  own.free(block, held.generations[slot] ?? 0);
  return whole ? 1 : 0;
}

/** Resolves with the pairs whose block was whole when it was freed. */
async function sample(): Promise<number> {
  let whole = 0;
  for (let i = 0; i < pairs; i++) {
    const random = mix(1, i);
    const slot = random % LIVE;
    whole += free(slot);
    allocate(slot, mix(2, i));
  }
  return whole;
}

for (let slot = 0; slot < LIVE; slot++) allocate(slot, mix(3, slot));
for (let i = 0; i < WARMUPS; i++) await sample();

await serveSamples({
  note: `Node ${process.version}, ${LIVE} live blocks of 64 to 2,047 bytes`,
  run: sample,
  judge: (whole) => ({ completed: whole, check: `whole ${whole}` }),
  stop: async () => undefined,
});
