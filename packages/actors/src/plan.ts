/**
 * Turns a supervisor's specification into what the control thread needs: images instead of code.
 */
import type { PlannedChild, SupervisorPlan } from './protocol.js';
import { imageOf } from './spawn.js';
import type { ChildSpec, SupervisorSpec } from './contract/supervision.js';
import type { ActorThread } from './thread.js';
import { workerThread } from './worker-threads.js';

/** @param takeWorker the worker of a child that names none */
export function planSupervisor(
  thread: ActorThread,
  { children, ...spec }: SupervisorSpec,
  takeWorker: () => number,
): SupervisorPlan {
  return { ...spec, children: children.map((child) => planChild(thread, child, takeWorker)) };
}

function planChild(thread: ActorThread, child: ChildSpec, takeWorker: () => number): PlannedChild {
  const { id, restart, shutdownMs, startTimeoutMs, subject, worker } = child;
  if (subject.kind === 'supervisor') {
    return {
      id,
      restart,
      shutdownMs,
      startTimeoutMs,
      subject: { kind: 'supervisor', plan: planSupervisor(thread, subject.spec, takeWorker) },
    };
  }
  const image = imageOf(thread, subject.behaviour, subject.args);
  const owner = workerThread(worker ?? takeWorker(), thread.memory.sizes.workers);
  return {
    id,
    restart,
    shutdownMs,
    startTimeoutMs,
    subject: { kind: 'actor', image, thread: owner },
  };
}
