/**
 * Ganglion's side of the actors suite. Arguments: workload, messages, `crowded` or `fresh`. Both
 * actors of a workload are supervised children on the one worker; the main thread starts a sample
 * with one message and sleeps until its last.
 */
import { child, createActorSystem, describeEvent, supervisor } from '@ganglion/actors';
import type { ActorSystem, SystemEvent } from '@ganglion/actors';
import { createHostArena } from '@ganglion/memory';
import type { HostArena } from '@ganglion/memory/contract';
import { serveSamples } from '../../child/serve-samples.js';
import { Counter, Producer } from './count-actors.js';
import { Crier, EXERCISED } from './crowd.js';
import { finished } from './finish.js';
import { Ping, Pong } from './pingpong-actors.js';

const WARMUPS = 3;
const CROWD_ROUNDS = 200;

/** Runs one sample and resolves with the messages that were received. */
type Sample = (messages: number) => Promise<number>;

async function startCount(system: ActorSystem, arena: HostArena): Promise<Sample> {
  const tree = await system.supervise('Count', supervisor({
    children: [child('counter', Counter, {}), child('producer', Producer, {})],
  }));
  const counter = tree.ref('counter', Counter);
  const producer = tree.ref('producer', Producer);
  return (messages) => {
    const end = finished(arena);
    producer.tell.produce({ messages, counter });
    return end;
  };
}

async function startPingpong(system: ActorSystem, arena: HostArena): Promise<Sample> {
  const tree = await system.supervise('Pingpong', supervisor({
    children: [child('ping', Ping, {}), child('pong', Pong, {})],
  }));
  const ping = tree.ref('ping', Ping);
  const partner = tree.ref('pong', Pong);
  return (messages) => {
    const end = finished(arena);
    ping.tell.play({ pings: messages / 2, partner });
    return end;
  };
}

async function exerciseCrowd(system: ActorSystem): Promise<void> {
  const tree = await system.supervise('Crowd', supervisor({ children: [child('crier', Crier)] }));
  const crier = tree.ref('crier', Crier);
  const sum = await crier.ask.exercise({ rounds: CROWD_ROUNDS }, { timeoutMs: 60_000 });
  if (sum !== EXERCISED) throw new Error(`the crowd replied ${sum}, expected ${EXERCISED}`);
}

/** An actor that ends has lost messages, and the sample would wait for them in vain. */
function failOnLoss(event: SystemEvent): void {
  if (event.kind === 'longTurn') return;
  const line = describeEvent(event);
  if (line !== undefined) throw new Error(line);
}

const [workload, messagesText, surroundings] = process.argv.slice(2);
const messages = Number(messagesText);
const arena = createHostArena({ id: 1, sizeBytes: 1 });
const system = await createActorSystem({ workers: 1, arenas: [arena], onEvent: failOnLoss });
if (surroundings === 'crowded') await exerciseCrowd(system);
const sample = await (workload === 'count' ? startCount : startPingpong)(system, arena);
for (let i = 0; i < WARMUPS; i++) await sample(messages);

await serveSamples({
  note: `Node ${process.version}, 1 worker, ${surroundings}`,
  run: () => sample(messages),
  judge: (received) => ({ completed: received, check: `count ${received}` }),
  stop: () => system.stop(),
});
