/**
 * What people see of a running system, read from shared memory: a picture that may be a moment old.
 */
import { countDeadLetters } from './dead-letters.js';
import { indexOfId } from './actor-id.js';
import { CONTROL_THREAD, FIRST_WORKER_THREAD, Phase, phaseName, reasonOf } from './phases.js';
import type { ActorInfo, SystemStats, WorkerStats } from './contract/inspection.js';
import { ActorBlock, ThreadBlock } from './layouts.js';
import type { ActorThread } from './thread.js';
import type { PictureNode } from './tree/picture.js';
import { TurnTimes } from './turn-times.js';
import { workerOf } from './worker-threads.js';

const BLOCK_WORDS = ActorBlock.size / 4;
const THREAD_WORDS = ThreadBlock.size / 4;
const { plain, word } = ActorBlock;
const UNSUPERVISED_SHOWN_MAX = 1_000;

/** The whole tree. */
export function inspectTree(
  thread: ActorThread,
  trees: readonly PictureNode[],
  unsupervised: readonly ActorInfo[],
): ActorInfo {
  return {
    id: 'System',
    kind: 'system',
    behaviour: '',
    state: thread.stopping ? 'down' : 'running',
    lastExit: undefined,
    restarts: 0,
    worker: undefined,
    mailbox: 0,
    dropped: 0,
    turnMs: 0,
    presentTurnMs: undefined,
    children: [...trees.map((tree) => inspectNode(thread, tree)), ...unsupervised],
  };
}

function inspectNode(thread: ActorThread, node: PictureNode): ActorInfo {
  const { id, kind, words, children } = node;
  return {
    ...inspectBlock(thread, words.low, words.high, id, kind),
    children: [...children.values()].map((child) => inspectNode(thread, child)),
  };
}

function inspectBlock(
  thread: ActorThread,
  low: number,
  high: number,
  id: string,
  kind: 'supervisor' | 'actor',
): ActorInfo {
  const { words } = thread;
  const block = thread.blockOf(low);
  const alive = thread.isAlive(low, high);
  const owner = Atomics.load(words, block + word.owner);
  const debt = words[block + plain.localDebt] + Atomics.load(words, block + word.remoteDebt);
  const worker = alive && owner > CONTROL_THREAD ? workerOf(owner) : undefined;
  const turns = new TurnTimes(thread.memory);
  const turn =
    worker === undefined ? undefined : turns.present(worker, thread.clock.monotonicMs());
  return {
    id,
    kind,
    behaviour: kind === 'actor' ? thread.behaviourName(thread.behaviourOf(low, high)) : '',
    state: alive ? stateName(Atomics.load(words, block + word.phase)) : 'exited',
    lastExit: reasonOf(Atomics.load(words, block + word.exitReason)),
    restarts: Math.max(0, Atomics.load(words, block + word.incarnation) - 1),
    worker,
    mailbox: alive ? Math.max(0, debt) : 0,
    dropped: alive ? thread.dropped.of(low, high) : 0,
    turnMs: turns.of(low, high),
    presentTurnMs: turn?.actor === indexOfId(low) ? turn.ms : undefined,
    children: [],
  };
}

/** One actor. */
export function inspectActor(thread: ActorThread, low: number, high: number): ActorInfo {
  return inspectBlock(thread, low, high, thread.describe(low), 'actor');
}

/** What is in use. */
export function systemStats(thread: ActorThread): SystemStats {
  const { memory } = thread;
  const { sizes, slots, blocks } = memory;
  let taken = 0;
  const slotsEnd = slots.count - slots.unused();
  for (let slot = 1; slot <= slotsEnd; slot++) if (slots.isTaken(slot)) taken += 1;
  const workers = Array.from({ length: sizes.workers }, (_, worker) => workerStats(thread, worker));
  return {
    actors: { used: livingActors(thread), max: sizes.maxActors },
    actorsPeakMax: memory.actorsUsed - 1,
    slots: { used: taken, max: sizes.slots },
    heapMiB: { used: blocks.ownedSegments(), max: sizes.heapMiB },
    deadLetters: countDeadLetters(memory),
    workers,
  };
}

function livingActors({ words, mail, memory }: ActorThread): number {
  let living = 0;
  const end = memory.actorsUsed;
  for (let index = 1; index < end; index++)
    if (words[mail.blocks + index * BLOCK_WORDS + word.phase] !== Phase.free) living += 1;
  return living;
}

function workerStats(thread: ActorThread, worker: number): WorkerStats {
  const { words, memory, clock } = thread;
  const { threads } = memory.region.plan.sections;
  const at = threads.word + (FIRST_WORKER_THREAD + worker) * THREAD_WORDS;
  const turn = new TurnTimes(memory).present(worker, clock.monotonicMs());
  return {
    worker,
    runnable: Atomics.load(words, at + ThreadBlock.word.runnable),
    sleeping: Atomics.load(words, at + ThreadBlock.word.sleeping) !== 0,
    wakeUps: Atomics.load(words, at + ThreadBlock.word.wakeUps) >>> 0,
    deaths: Atomics.load(words, at + ThreadBlock.word.lives),
    turn: turn && { actor: thread.describe(turn.actor), ms: turn.ms },
  };
}

function stateName(phase: number): 'starting' | 'running' | 'terminating' | 'down' | 'exited' {
  const name = phaseName(phase);
  return name === 'free' ? 'exited' : name;
}

/** The actors that nobody supervises, at most 1,000 of them. */
export function unsupervisedActors(thread: ActorThread): readonly ActorInfo[] {
  const { words, mail, memory } = thread;
  const found: ActorInfo[] = [];
  for (let index = 1; index < memory.actorsUsed && found.length < UNSUPERVISED_SHOWN_MAX; index++) {
    const block = mail.blocks + index * BLOCK_WORDS;
    if (
      Atomics.load(words, block + word.phase) === Phase.free ||
      words[block + plain.restartType] !== 0
    )
      continue;
    const low = Atomics.load(words, block + word.idLow);
    const high = Atomics.load(words, block + word.idHigh);
    found.push(inspectBlock(thread, low, high, thread.describe(low), 'actor'));
  }
  return found;
}
