/**
 * The shared memory of one actor system: one region, reserved at start, with every pool in it
 * (ARCHITECTURE M1). Owns the sizes of the sections and the free actor indices. Every thread
 * attaches with the same sizes.
 */
import {
  attachRegion,
  createBlockHeap,
  createIndexQueue,
  createRegion,
  createSlotPool,
  blockHeapWords,
  indexQueueCapacity,
  indexQueueWords,
  INDEX_NONE,
  planRegion,
  reportRegion,
  SLOT_CHUNK,
  slotPoolWords,
  BLOCK_BYTES_MAX,
} from '@ganglion/memory';
import type {
  BlockHeap,
  BlockHeapThread,
  IndexQueue,
  Region,
  RegionPlan,
  RegionReportLine,
  SlotPool,
} from '@ganglion/memory';
import { ActorsError } from './errors.js';
import {
  ActorBlock,
  BehaviourEntry,
  MessageSlot,
  SystemBlock,
  ThreadBlock,
  ThreadLetters,
  TurnSample,
  TurnTime,
} from './layouts.js';
import {
  ACTOR_HEAP_SIZE,
  ACTOR_HEAP_SIZE_MAX,
  MAX_BEHAVIOURS,
  MAX_SYSTEM_ACTORS,
} from './limits.js';
import { nameSections } from './names-table.js';
import type { NameSection } from './names-table.js';
import { FIRST_WORKER_THREAD } from './phases.js';
import { timerSections } from './timer-records.js';
import type { TimerSection } from './timer-records.js';
import { relationSections } from './relation-records.js';
import type { RelationSection } from './relation-records.js';

/** Sizes that every thread must know; plain data. */
export interface MemorySizes {
  readonly workers: number;
  readonly maxActors: number;
  readonly slots: number;
  readonly heapMiB: number;
  readonly mailboxCapacity: number;
  /** Names that actors have at once. */
  readonly names: number;
  /** Timers of all actors. */
  readonly timers: number;
  /** Monitors and links at once. */
  readonly relations: number;
  readonly node: number;
  /** Actors that one index may serve, one after the other, before it is retired (ACTORS-I1). */
  readonly generations: number;
}

type SectionName =
  | 'system'
  | 'threads'
  | 'behaviours'
  | 'letters'
  | 'turnSamples'
  | 'turnTimes'
  | 'dropped'
  | NameSection
  | TimerSection
  | RelationSection
  | 'actors'
  | 'actorHeaps'
  | 'scratch'
  | 'freeActors'
  | 'freeSystemActors'
  | 'slots'
  | 'slotControl'
  | 'blockControl'
  | 'blocks';

/**
 * Freed indices that wait before one is used again, so that a stale ref's generation is not the
 * next. Few, so that the blocks of short-lived actors stay in the cache: with 4,096 `skynet` took a
 * quarter more CPU time.
 */
const REUSE_DELAY = 512;
/** Indices that are taken between two looks at how many wait. */
const TAKES_PER_LOOK = 64;
/** What two full mailboxes hold. */
const KEPT_CHUNKS_MAX = 8;
const KEPT_SHARE = 8;

function planOf(sizes: MemorySizes): RegionPlan<SectionName> {
  const threads = FIRST_WORKER_THREAD + sizes.workers;
  const blocks = 1 + sizes.maxActors + MAX_SYSTEM_ACTORS;
  const words = (name: SectionName, count: number) => ({ name, count, elementBytes: 4 });
  return planRegion<SectionName>([
    { name: 'system', count: 1, elementBytes: SystemBlock.size },
    { name: 'threads', count: threads, elementBytes: ThreadBlock.size },
    { name: 'behaviours', count: MAX_BEHAVIOURS, elementBytes: BehaviourEntry.size },
    { name: 'letters', count: threads, elementBytes: ThreadLetters.size },
    { name: 'turnSamples', count: sizes.workers, elementBytes: TurnSample.size },
    { name: 'turnTimes', count: blocks, elementBytes: TurnTime.size },
    words('dropped', blocks),
    ...nameSections(sizes.names, blocks),
    ...timerSections(sizes.timers, blocks),
    ...relationSections(sizes.relations, blocks),
    words('freeActors', indexQueueWords(indexQueueCapacity(blocks))),
    words('freeSystemActors', indexQueueWords(indexQueueCapacity(blocks))),
    words('slotControl', slotPoolWords(sizes.slots)),
    words('blockControl', blockHeapWords(sizes.heapMiB, threads)),
    { name: 'actors', count: blocks, elementBytes: ActorBlock.size },
    { name: 'slots', count: 1 + sizes.slots, elementBytes: MessageSlot.size },
    { name: 'actorHeaps', count: blocks, elementBytes: ACTOR_HEAP_SIZE, alignBytes: 4_096 },
    { name: 'scratch', count: 1, elementBytes: ACTOR_HEAP_SIZE_MAX, alignBytes: 64 },
    { name: 'blocks', count: sizes.heapMiB, elementBytes: BLOCK_BYTES_MAX, alignBytes: 4_096 },
  ]);
}

/** See the file's header. */
export class SystemMemory {
  readonly region: Region<SectionName>;
  readonly sizes: MemorySizes;
  readonly slots: SlotPool;
  readonly blocks: BlockHeap;
  readonly node: number;
  readonly mailboxCapacity: number;
  /** Actor blocks, user and system, and the unused block 0. */
  readonly blockCount: number;
  private readonly freeActors: IndexQueue;
  private readonly freeSystemActors: IndexQueue;
  /** Whether more than REUSE_DELAY freed indices waited at the last look, and when the next is. */
  private reuses = false;
  private untilLook = 0;
  private readonly system: number;
  private readonly actorHeaps: number;
  private readonly actorHeapWords: number;

  /**
   * @param buffer of the thread that reserved it; without, it is reserved now
   * @param seen the words as this thread sees them, for explorations
   */
  constructor(
    sizes: MemorySizes,
    buffer?: SharedArrayBuffer,
    seen: (words: Int32Array) => Int32Array = (words) => words,
  ) {
    const plan = planOf(sizes);
    const region = buffer === undefined ? createRegion(plan) : attachRegion(plan, buffer);
    this.region = { ...region, words: seen(region.words) };
    this.sizes = sizes;
    this.node = sizes.node;
    this.mailboxCapacity = sizes.mailboxCapacity;
    this.blockCount = plan.sections.actors.count;
    const { words } = this.region;
    const { sections } = plan;
    this.system = sections.system.word;
    this.actorHeaps = sections.actorHeaps.word;
    this.actorHeapWords = sections.actorHeaps.elementWords;
    const capacity = indexQueueCapacity(this.blockCount);
    this.freeActors = createIndexQueue(words, { word: sections.freeActors.word, capacity });
    this.freeSystemActors = createIndexQueue(words, {
      word: sections.freeSystemActors.word,
      capacity,
    });
    this.slots = createSlotPool(words, {
      count: sizes.slots,
      slots: sections.slots.word,
      strideWords: sections.slots.elementWords,
      linkWord: MessageSlot.word.next,
      control: sections.slotControl.word,
      keep: keptChunks(sizes.slots, sections.threads.count),
    });
    this.blocks = createBlockHeap(words, {
      segments: sizes.heapMiB,
      threads: sections.threads.count,
      data: sections.blocks.word,
      control: sections.blockControl.word,
    });
  }

  isWorker(thread: number): boolean {
    return thread >= FIRST_WORKER_THREAD;
  }

  /** Word of an actor's own 64 bytes. */
  heapWordOf(index: number): number {
    return this.actorHeaps + index * this.actorHeapWords;
  }

  /** The index of a free block. @throws ActorsError ACTORS_ACTORS_EXHAUSTED */
  takeActor(): number {
    const { words } = this.region;
    const used = this.system + SystemBlock.word.actorsUsed;
    this.untilLook -= 1;
    if (this.untilLook < 0) {
      this.untilLook = TAKES_PER_LOOK;
      this.reuses = this.freeActors.count() > REUSE_DELAY;
    }
    if (this.reuses) {
      const index = this.freeActors.take();
      if (index !== INDEX_NONE) return index;
    }
    const fresh = takeFresh(words, used, this.sizes.maxActors);
    if (fresh !== 0) return fresh;
    const index = this.freeActors.take();
    if (index !== INDEX_NONE) return index;
    throw new ActorsError(
      'ACTORS_ACTORS_EXHAUSTED',
      `all ${this.sizes.maxActors} actor blocks are in use (option maxActors)`,
    );
  }

  /** The index of a supervisor's block. @throws ActorsError ACTORS_ACTORS_EXHAUSTED */
  takeSystemActor(): number {
    const fresh = takeFresh(
      this.region.words,
      this.system + SystemBlock.word.systemActorsUsed,
      MAX_SYSTEM_ACTORS,
    );
    if (fresh !== 0) return this.sizes.maxActors + fresh;
    const index = this.freeSystemActors.take();
    if (index !== INDEX_NONE) return index;
    throw new ActorsError(
      'ACTORS_ACTORS_EXHAUSTED',
      `all ${MAX_SYSTEM_ACTORS} supervisor blocks are in use`,
    );
  }

  /** Gives back an index whose block is free, unless its last generation has been. */
  giveActor(index: number, nextGeneration: number): void {
    if (nextGeneration >= this.sizes.generations) return;
    (index > this.sizes.maxActors ? this.freeSystemActors : this.freeActors).put(index);
  }

  /** 1 + the highest user index that was ever used. */
  get actorsUsed(): number {
    return 1 + Atomics.load(this.region.words, this.system + SystemBlock.word.actorsUsed);
  }

  /** What was reserved, by section. */
  report(): readonly RegionReportLine[] {
    return reportRegion(this.region.plan);
  }
}

/** Chunks of free slots that a thread keeps: no more than an eighth of its share of them. */
function keptChunks(slots: number, threads: number): number {
  const share = Math.floor(slots / threads / SLOT_CHUNK / KEPT_SHARE);
  return Math.min(KEPT_CHUNKS_MAX, Math.max(1, share));
}

function takeFresh(words: Int32Array, counter: number, limit: number): number {
  for (;;) {
    // A plain load: a stale one fails in the next line, and at the limit the counter stays there.
    const used = words[counter];
    if (used >= limit) return 0;
    if (Atomics.compareExchange(words, counter, used, used + 1) === used) return used + 1;
  }
}

/** One thread's end of the shared heap, for payloads and arguments. */
export class ThreadHeap {
  private readonly blocks: BlockHeap;
  private readonly end: BlockHeapThread;
  private readonly bytes: Uint8Array;

  constructor(memory: SystemMemory, thread: number) {
    this.blocks = memory.blocks;
    this.end = memory.blocks.thread(thread);
    this.bytes = memory.region.bytes;
  }

  /** Copies bytes into a new block. @throws ActorsError ACTORS_HEAP_EXHAUSTED */
  store(source: Uint8Array): number {
    const block = this.allocate(source.length);
    this.bytes.set(source, this.blocks.byteOffset(block));
    return block;
  }

  /** @throws ActorsError ACTORS_HEAP_EXHAUSTED */
  allocate(sizeBytes: number): number {
    const block = this.end.allocate(sizeBytes);
    if (block !== 0) return block;
    const cause = this.blocks.refusal(sizeBytes);
    throw new ActorsError('ACTORS_HEAP_EXHAUSTED', `${cause.message} (option heapMiB)`, { cause });
  }

  /** A private copy of a block's first bytes. */
  load(block: number, length: number): Uint8Array {
    const at = this.blocks.byteOffset(block);
    return this.bytes.slice(at, at + length);
  }

  /** Takes in what other threads freed and gives up what is wholly free. */
  trim(): void {
    this.end.trim();
  }

  word(block: number): number {
    return this.blocks.word(block);
  }

  generation(block: number): number {
    return this.blocks.generation(block);
  }

  sizeBytes(block: number): number {
    return this.blocks.sizeBytes(block);
  }

  /** Frees a block whose only holder is the caller. */
  free(block: number, generation: number = this.blocks.generation(block)): void {
    this.end.free(block, generation);
  }
}
