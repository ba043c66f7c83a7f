/**
 * Making actors: what they start with (an image), and the block that makes them exist.
 *
 * SPAWN-1: from `takeActor` until its `owner` is stored a block is its spawner's alone: its actor's
 *   id was never seen, its owner is none, and a signal to the actor before it has another
 *   generation. So the spawner writes plainly, the start signal too, and the one atomic store of
 *   `owner` publishes all. A spawner that dies before that leaves a block without an owner that
 *   nobody can name.
 * SPAWN-2: who pushed mail to the actor before it in its block, and marked that when the block had
 *   no owner, left the mark. The spawner looks for it after the store of `owner`, as the marker
 *   looks at `owner` after its mark: so one of the two forwards it (NOTICE-1).
 */
import { idHigh, idLow, generationOfId } from './actor-id.js';
import type { AnyBehaviour } from './contract/behaviour.js';
import { ActorBlock } from './layouts.js';
import { ACTOR_HEAP_SIZE } from './limits.js';
import { freshSignals } from './notices.js';
import { Phase, Signal } from './phases.js';
import type { Program } from './program.js';
import type { ActorThread } from './thread.js';
import { UnknownBehaviours } from './unknown-behaviours.js';
import type { Placement } from './worker-threads.js';

const BLOCK_WORDS = ActorBlock.size / 4;
// Read once: a struct's tables are slow objects in V8, too slow for each spawn.
const {
  activation: ACTIVATION,
  argsBlock: ARGS_BLOCK,
  argsBytes: ARGS_BYTES,
  behaviour: BEHAVIOUR,
  heapBlock: HEAP_BLOCK,
  heapWord: HEAP_WORD,
  instance: INSTANCE,
  isNew: IS_NEW,
  isPinned: IS_PINNED,
  parent: PARENT,
  restartType: RESTART_TYPE,
  scheduled: SCHEDULED,
} = ActorBlock.plain;
const {
  exitReason: EXIT_REASON,
  idHigh: ID_HIGH,
  idLow: ID_LOW,
  incarnation: INCARNATION,
  owner: OWNER,
  phase: PHASE,
  signals: SIGNALS,
} = ActorBlock.word;

/** What an actor starts and restarts with; plain data that crosses threads. */
export interface SpawnImage {
  readonly behaviour: number;
  /** Bytes of shared state, 0 for an isolate-state actor. */
  readonly stateBytes: number;
  /** Initial shared state, or the encoded argument of init. */
  readonly bytes: Uint8Array;
}

/** Where an actor lives and who supervises it. */
export interface SpawnPlace {
  readonly placement: Placement;
  /** 0 = not supervised. */
  readonly restartType: number;
  /** Index of the supervisor's block, 0 = none. */
  readonly parent: number;
}

/** An id's two words. */
export interface IdWords {
  readonly low: number;
  readonly high: number;
}

/**
 * The image of a behaviour with arguments. @throws ActorsError ACTORS_FIELD_INVALID,
 * ACTORS_VALUE_INVALID
 */
export function imageOf(thread: ActorThread, behaviour: AnyBehaviour, args: unknown): SpawnImage {
  const index = thread.programFor(behaviour);
  const program = thread.programs[index] as Program;
  const layout = program.stateLayout;
  if (layout === undefined) {
    return {
      behaviour: index,
      stateBytes: 0,
      bytes: thread.encode(args, () => `init of ${behaviour.name}`),
    };
  }
  const block = thread.heap.allocate(layout.bytes);
  try {
    program.writeState?.(thread.heap.word(block), args);
    return {
      behaviour: index,
      stateBytes: layout.bytes,
      bytes: thread.heap.load(block, layout.bytes),
    };
  } finally {
    thread.heap.free(block);
  }
}

/** Spawns an unsupervised actor. Its init runs later, on its worker. */
export function spawnActor(
  thread: ActorThread,
  behaviour: AnyBehaviour,
  args: unknown,
  placement: Placement,
): IdWords {
  const index = thread.programFor(behaviour);
  const program = thread.programs[index] as Program;
  const layout = program.stateLayout;
  if (layout === undefined) {
    const place = { placement, restartType: 0, parent: 0 };
    return placeActor(thread, imageOf(thread, behaviour, args), place);
  }
  const actor = thread.memory.takeActor();
  const block = reserveBlock(thread, actor, layout.bytes, index);
  const { words } = thread;
  try {
    program.writeState?.(words[block + HEAP_WORD], args);
  } catch (error) {
    if (words[block + HEAP_BLOCK] !== 0) thread.heap.free(words[block + HEAP_BLOCK]);
    returnUnused(thread, actor);
    throw error;
  }
  words[block + RESTART_TYPE] = 0;
  words[block + PARENT] = 0;
  return publish(thread, actor, block, placement, !isComplete(thread, program, block, placement));
}

/** True if its first message can run it: the behaviours of its refs are known where it starts. */
function isComplete(
  thread: ActorThread,
  program: Program,
  block: number,
  placement: Placement,
): boolean {
  if (program.stateRefs.length === 0) return true;
  if (placement.thread !== thread.index) return false;
  try {
    thread.requirePrograms(program, thread.words[block + HEAP_WORD]);
    return true;
  } catch (error) {
    if (error instanceof UnknownBehaviours) return false;
    throw error;
  }
}

/** Spawns from an image. A supervised actor keeps it for restarts. */
export function placeActor(thread: ActorThread, image: SpawnImage, place: SpawnPlace): IdWords {
  const args = thread.heap.store(image.bytes);
  let actor: number;
  let block: number;
  try {
    actor = thread.memory.takeActor();
    block = reserveBlock(thread, actor, image.stateBytes, image.behaviour);
  } catch (error) {
    thread.heap.free(args);
    throw error;
  }
  const { words } = thread;
  words[block + ARGS_BLOCK] = args;
  words[block + ARGS_BYTES] = image.bytes.length;
  words[block + RESTART_TYPE] = place.restartType;
  words[block + PARENT] = place.parent;
  return publish(thread, actor, block, place.placement, true);
}

/** Gives back an index whose id was never seen. */
function returnUnused({ words, mail, memory }: ActorThread, actor: number): void {
  const block = mail.blocks + actor * BLOCK_WORDS;
  memory.giveActor(actor, generationOfId(words[block + ID_LOW], words[block + ID_HIGH]));
}

function reserveBlock(
  thread: ActorThread,
  actor: number,
  stateBytes: number,
  behaviour: number,
): number {
  const { words, memory } = thread;
  const block = thread.mail.blocks + actor * BLOCK_WORDS;
  let heapBlock = 0;
  if (stateBytes > ACTOR_HEAP_SIZE) {
    try {
      heapBlock = thread.heap.allocate(stateBytes);
    } catch (error) {
      returnUnused(thread, actor);
      throw error;
    }
  }
  words[block + HEAP_BLOCK] = heapBlock;
  words[block + HEAP_WORD] =
    heapBlock === 0 ? memory.heapWordOf(actor) : thread.heap.word(heapBlock);
  words[block + BEHAVIOUR] = behaviour;
  words[block + ARGS_BLOCK] = 0;
  words[block + ARGS_BYTES] = 0;
  words[block + INSTANCE] = 0;
  words[block + ACTIVATION] = 0;
  return block;
}

/**
 * Makes the actor visible (SPAWN-1). `starts`: its owner has to start it; else it runs at its first
 * message.
 */
function publish(
  thread: ActorThread,
  actor: number,
  block: number,
  placement: Placement,
  starts: boolean,
): IdWords {
  const { words, mail } = thread;
  const isFresh = words[block + ID_LOW] === 0;
  const low = isFresh ? idLow(actor, 0) : words[block + ID_LOW];
  const high = words[block + ID_HIGH] || idHigh(0, thread.memory.node);
  words[block + SCHEDULED] = starts ? 1 : 0;
  words[block + IS_PINNED] = placement.isPinned ? 1 : 0;
  words[block + IS_NEW] = 1;
  words[block + INCARNATION] = starts ? 0 : 1;
  words[block + EXIT_REASON] = 0;
  words[block + SIGNALS] = freshSignals(low, high) | (starts ? Signal.start : 0);
  words[block + ID_LOW] = low;
  words[block + ID_HIGH] = high;
  words[block + PHASE] = starts ? Phase.starting : Phase.running;
  mail.reopen(block);
  thread.relations.reopen(actor);
  if (isFresh && !starts) {
    Atomics.store(words, block + OWNER, placement.thread);
    return { low, high };
  }
  mail.notices.enter(actor);
  Atomics.store(words, block + OWNER, placement.thread);
  mail.notices.announce(actor, starts);
  mail.notices.leave();
  return { low, high };
}

/** The id that follows when an actor has ended for good (ACTORS-I1). */
export function nextId(actor: number, low: number, high: number): IdWords {
  const generation = generationOfId(low, high) + 1;
  return { low: idLow(actor, generation), high: idHigh(generation, high >>> 16) };
}
