/** The control thread's module: wires the thread and runs it. */
import { nodeClock, nodeThreads, nodeTimers, ownThread, seededRandom } from '@ganglion/runtime';
import { SystemMemory } from '../memory.js';
import { CONTROL_THREAD } from '../phases.js';
import type { ControlData, ToControl } from '../protocol.js';
import { ActorThread } from '../thread.js';
import { Control } from './control.js';

const own = ownThread();
const data = own.data as ControlData;
const clock = nodeClock();
const thread = new ActorThread({
  memory: new SystemMemory(data.sizes, data.buffer),
  index: CONTROL_THREAD,
  clock,
  timers: nodeTimers(clock),
  random: seededRandom(data.seed),
  askTimeoutMs: data.askTimeoutMs,
});
const control = new Control({
  data,
  thread,
  threads: nodeThreads(),
  workerEntry: new URL(import.meta.resolve('#worker')),
  post: (message) => own.post(message),
});
const ignore = own.onMessage((message) => control.receive(message as ToControl));
await control.run();
ignore();
