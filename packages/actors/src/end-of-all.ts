/**
 * The end of every actor with its system. Each block gets its next id, as when its actor ends for
 * good, so that refs say the truth afterwards and `tell` and `exit` are refused. The workers have
 * ended, or are being ended: what one of them still does is lost with it.
 */
import { ActorBlock, SystemBlock } from './layouts.js';
import type { SystemMemory } from './memory.js';
import { freshSignals } from './notices.js';
import { Phase } from './phases.js';
import { nextId } from './spawn.js';

const BLOCK_WORDS = ActorBlock.size / 4;
const { word } = ActorBlock;

/** See the file's header. */
export function endEverybody(memory: SystemMemory): void {
  const { words, plan } = memory.region;
  const { maxActors } = memory.sizes;
  const end = (index: number): void => {
    const block = plan.sections.actors.word + index * BLOCK_WORDS;
    const low = Atomics.load(words, block + word.idLow);
    const next = nextId(index, low, Atomics.load(words, block + word.idHigh));
    Atomics.store(words, block + word.phase, Phase.free);
    Atomics.store(words, block + word.idHigh, next.high);
    Atomics.store(words, block + word.idLow, next.low);
    Atomics.store(words, block + word.signals, freshSignals(next.low, next.high));
  };
  for (let index = 1; index < memory.actorsUsed; index++) end(index);
  const supervisors = plan.sections.system.word + SystemBlock.word.systemActorsUsed;
  for (let used = Atomics.load(words, supervisors); used > 0; used--) end(maxActors + used);
}
