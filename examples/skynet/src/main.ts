/** `node dist/main.js [LEAVES]`; the number of leaves is a power of ten. */
import { createActorSystem, describeEvent } from '@ganglion/actors';
import type { SystemEvent } from '@ganglion/actors';
import { createHostArena } from '@ganglion/memory';
import { availableParallelism } from 'node:os';
import { censusBytes, counted, openCensus } from './census.js';
import { Gardener } from './node.js';

const LEAVES_MAX = 1_000_000;
const PEAK_MAX = 100_000;

/** An actor that is lost would be waited for in vain. */
function failOnLoss(event: SystemEvent): void {
  if (event.kind === 'longTurn' || (event.kind === 'exit' && event.reason === 'normal')) return;
  throw new Error(describeEvent(event) ?? event.kind);
}

const leaves = Number(process.argv[2] ?? LEAVES_MAX);
if (leaves > LEAVES_MAX || !/^10*$/.test(String(leaves)))
  throw new RangeError(`leaves is ${process.argv[2]}, must be a power of ten up to ${LEAVES_MAX}`);

const workers = availableParallelism();
const arena = createHostArena({ id: 1, sizeBytes: censusBytes(workers) });
openCensus(arena, workers);
const system = await createActorSystem({ workers, arenas: [arena], onEvent: failOnLoss });
const start = performance.now();
const gardener = system.spawn(Gardener);
gardener.tell.plant({ leaves });
const peak = await counted(arena);
const seconds = (performance.now() - start) / 1_000;
const sum = await gardener.ask.get();
await system.stop();

console.log(`sum      ${sum}`);
console.log(`seconds  ${seconds.toFixed(3)} on ${workers} workers`);
console.log(`peak     ${peak} of ${(10 * leaves - 1) / 9} actors alive at once`);
const expected = (leaves * (leaves - 1)) / 2;
if (sum !== expected) throw new Error(`the sum is ${sum}, must be ${expected}`);
if (peak > PEAK_MAX) throw new Error(`${peak} actors were alive at once, at most ${PEAK_MAX}`);
