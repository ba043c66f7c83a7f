/** Making actors: what they start with (an image), and the block that makes them exist. */
import { idHigh, idLow, generationOfId } from './actor-id.js';
import type { AnyBehaviour } from './contract/behaviour.js';
import { ActorsError } from './errors.js';
import type { FieldKind } from './contract/messages.js';
import { ActorBlock } from './layouts.js';
import { ACTOR_HEAP_SIZE } from './limits.js';
import { Phase, Signal } from './phases.js';
import type { Program } from './program.js';
import { ActorRefObject } from './ref-object.js';
import type { ActorThread } from './thread.js';
import { UnknownBehaviours } from './unknown-behaviours.js';
import type { Placement } from './worker-threads.js';

const BLOCK_WORDS = ActorBlock.size / 4;
const { plain, word } = ActorBlock;

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
    writeState(thread, program, thread.heap.word(block), args);
    return {
      behaviour: index,
      stateBytes: layout.bytes,
      bytes: thread.heap.load(block, layout.bytes),
    };
  } finally {
    thread.heap.free(block);
  }
}

function writeState(thread: ActorThread, program: Program, at: number, args: unknown): void {
  const { behaviour, stateLayout, StateView } = program;
  if (stateLayout === undefined || StateView === undefined) return;
  thread.words.fill(0, at, at + stateLayout.bytes / 4);
  if (args === undefined) return;
  const view = new StateView() as { at: number } & Record<string, unknown>;
  view.at = at;
  for (const [name, given] of Object.entries(args as object)) {
    if (given === undefined) continue;
    const kind = stateLayout.fields.find((placed) => placed.name === name)?.kind;
    checkStateField(thread, behaviour.name, name, kind, given);
    view[name] = given;
  }
}

function checkStateField(
  thread: ActorThread,
  behaviour: string,
  name: string,
  kind: FieldKind['kind'] | undefined,
  given: unknown,
): void {
  if (kind === undefined) {
    throw new ActorsError('ACTORS_FIELD_INVALID', `${behaviour} has no state field ${name}`);
  }
  const isRef = given instanceof ActorRefObject && given.home.system === thread.system;
  if (kind === 'ref' ? isRef : typeof given === 'number') return;
  const wanted = kind === 'ref' ? 'an actor reference of this system' : 'a number';
  throw new ActorsError(
    'ACTORS_FIELD_INVALID',
    `${behaviour}: state field ${name} is ${typeof given}, must be ${wanted}`,
  );
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
  const place: SpawnPlace = { placement, restartType: 0, parent: 0 };
  if (layout === undefined) return placeActor(thread, imageOf(thread, behaviour, args), place);
  const actor = thread.memory.takeActor();
  const block = reserveBlock(thread, actor, layout.bytes, index);
  try {
    writeState(thread, program, thread.words[block + plain.heapWord], args);
  } catch (error) {
    const heapBlock = thread.words[block + plain.heapBlock];
    if (heapBlock !== 0) thread.heap.free(heapBlock);
    returnUnused(thread, actor);
    throw error;
  }
  return publish(
    thread,
    actor,
    block,
    place,
    !isComplete(thread, program, block, placement),
  );
}

/** True if its first message can run it: the behaviours of its refs are known where it starts. */
function isComplete(
  thread: ActorThread,
  program: Program,
  block: number,
  placement: Placement,
): boolean {
  if (!program.stateLayout?.fields.some(({ kind }) => kind === 'ref')) return true;
  if (placement.thread !== thread.index) return false;
  try {
    thread.requirePrograms(program, thread.words[block + plain.heapWord]);
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
  thread.words[block + plain.argsBlock] = args;
  thread.words[block + plain.argsBytes] = image.bytes.length;
  return publish(thread, actor, block, place, true);
}

/** Gives back an index whose id was never seen. */
function returnUnused(thread: ActorThread, actor: number): void {
  const block = thread.mail.blocks + actor * BLOCK_WORDS;
  const low = Atomics.load(thread.words, block + word.idLow);
  const high = Atomics.load(thread.words, block + word.idHigh);
  thread.memory.giveActor(actor, generationOfId(low, high));
}

function reserveBlock(
  thread: ActorThread,
  actor: number,
  stateBytes: number,
  behaviour: number,
): number {
  const { words, memory } = thread;
  const { sections } = memory.region.plan;
  const block = sections.actors.word + actor * BLOCK_WORDS;
  const large = stateBytes > ACTOR_HEAP_SIZE;
  let heapBlock = 0;
  if (large) {
    try {
      heapBlock = thread.heap.allocate(stateBytes);
    } catch (error) {
      returnUnused(thread, actor);
      throw error;
    }
  }
  words[block + plain.heapBlock] = heapBlock;
  words[block + plain.heapWord] = large
    ? thread.heap.word(heapBlock)
    : sections.actorHeaps.word + actor * sections.actorHeaps.elementWords;
  words[block + plain.behaviour] = behaviour;
  words[block + plain.argsBlock] = 0;
  words[block + plain.argsBytes] = 0;
  words[block + plain.instance] = 0;
  words[block + plain.activation] = 0;
  return block;
}

/**
 * Makes the actor visible. `starts`: its owner has to start it; else it runs at its first message.
 */
function publish(
  thread: ActorThread,
  actor: number,
  block: number,
  place: SpawnPlace,
  starts: boolean,
): IdWords {
  const { words, mail } = thread;
  const firstLow = Atomics.load(words, block + word.idLow);
  const high = Atomics.load(words, block + word.idHigh) || idHigh(0, thread.memory.node);
  const low = firstLow === 0 ? idLow(actor, 0) : firstLow;
  words[block + plain.restartType] = place.restartType;
  words[block + plain.parent] = place.parent;
  words[block + plain.scheduled] = starts ? 1 : 0;
  words[block + plain.isPinned] = place.placement.isPinned ? 1 : 0;
  words[block + plain.isNew] = 1;
  Atomics.store(words, block + word.incarnation, starts ? 0 : 1);
  Atomics.store(words, block + word.exitReason, 0);
  Atomics.store(words, block + word.phase, starts ? Phase.starting : Phase.running);
  mail.reopen(block);
  Atomics.store(words, block + word.idLow, low);
  Atomics.store(words, block + word.idHigh, high);
  mail.notices.enter(actor);
  Atomics.store(words, block + word.owner, place.placement.thread);
  mail.notices.forward(actor);
  if (starts) mail.notices.setSignals(low, high, Signal.start);
  mail.notices.leave();
  return { low, high };
}

/** The id that follows when an actor has ended for good (ACTORS-I1). */
export function nextId(actor: number, low: number, high: number): IdWords {
  const generation = generationOfId(low, high) + 1;
  return { low: idLow(actor, generation), high: idHigh(generation, high >>> 16) };
}
