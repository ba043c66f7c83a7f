/**
 * Ganglion's side of the actors suite. Arguments: workload, amount of work of one sample, `crowded`
 * or `fresh`. The main thread starts a sample with a message and sleeps until its last.
 */
import { child, createActorSystem, describeEvent, supervisor } from '@ganglion/actors';
import type { ActorInfo, ActorSystem, SystemEvent } from '@ganglion/actors';
import { createHostArena } from '@ganglion/memory';
import { setImmediate as turn } from 'node:timers/promises';
import { serveSamples } from '../../child/serve-samples.js';
import { Crier, EXERCISED } from './crowd.js';
import { workloads } from './workloads.js';

const WARMUPS = 3;
const CROWD_ROUNDS = 200;
/** Samples of less say nothing about speed, and their crowd has less to do. */
const FULL_AMOUNT_MIN = 100_000;
const SMALL_CROWD_ROUNDS = 4;

/** Exercises the 32 behaviours on every worker (ACTORS-P2). */
async function exerciseCrowd(system: ActorSystem): Promise<void> {
  const rounds = amount < FULL_AMOUNT_MIN ? SMALL_CROWD_ROUNDS : CROWD_ROUNDS;
  for (let worker = 0; worker < system.options.workers; worker++) {
    const tree = await system.supervise(`Crowd${worker}`, supervisor({
      children: [child('crier', Crier, undefined, { worker, restart: 'temporary' })],
    }));
    const crier = tree.ref('crier', Crier);
    const sum = await crier.ask.exercise({ rounds }, { timeoutMs: 60_000 });
    if (sum !== EXERCISED) throw new Error(`the crowd replied ${sum}, expected ${EXERCISED}`);
    if (workload?.alone === true) crier.tell.disperse();
  }
  if (workload?.alone !== true) return;
  while (livingIn(system.inspect()) > 0) await turn();
}

/** User actors that have not ended. */
function livingIn({ kind, state, children }: ActorInfo): number {
  const own = kind === 'actor' && state !== 'exited' ? 1 : 0;
  return children.reduce((sum, info) => sum + livingIn(info), own);
}

/** An actor that ends has lost messages, and the sample would wait for them in vain. */
function failOnLoss(event: SystemEvent): void {
  if (event.kind === 'longTurn') return;
  // Those of `spawn`, and the crowd, are told to end.
  if (event.kind === 'exit' && (event.reason === 'normal' || event.reason === 'shutdown')) return;
  const line = describeEvent(event);
  if (line !== undefined) throw new Error(line);
}

const [name = '', amountText, surroundings] = process.argv.slice(2);
const workload = workloads[name];
if (workload === undefined) throw new Error(`no workload has the name ${name}`);
const amount = Number(amountText);
const { workers, warmups = WARMUPS, checks } = workload;
const arena = createHostArena({ id: 1, sizeBytes: 1 });
const system = await createActorSystem({
  workers, arenas: [arena], onEvent: failOnLoss, ...(checks && { checks }),
});
if (surroundings === 'crowded') await exerciseCrowd(system);
const sample = await workload.start(system, arena);
for (let i = 0; i < warmups; i++) await sample(amount);

await serveSamples({
  note: `Node ${process.version}, workers ${workers}, ${surroundings}`,
  run: () => sample(amount),
  judge: (outcome) => ({ check: `count ${outcome.completed}`, ...outcome }),
  stop: () => system.stop(),
});
