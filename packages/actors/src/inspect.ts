/**
 * What people see of a running system, read from shared memory: a picture that may be a moment old.
 */
import { CONTROL_THREAD, Phase, phaseName, reasonOf } from './phases.js';
import type { ActorInfo } from './contract/system.js';
import { ActorBlock } from './layouts.js';
import type { ActorThread } from './thread.js';
import type { PictureNode } from './tree/picture.js';
import { workerOf } from './worker-threads.js';

const BLOCK_WORDS = ActorBlock.size / 4;
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
  return {
    id,
    kind,
    behaviour: kind === 'actor' ? thread.behaviourName(thread.behaviourOf(low, high)) : '',
    state: alive ? stateName(Atomics.load(words, block + word.phase)) : 'exited',
    lastExit: reasonOf(Atomics.load(words, block + word.exitReason)),
    restarts: Math.max(0, Atomics.load(words, block + word.incarnation) - 1),
    worker: alive && owner > CONTROL_THREAD ? workerOf(owner) : undefined,
    mailbox: alive ? Math.max(0, debt) : 0,
    children: [],
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
