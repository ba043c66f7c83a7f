/**
 * Turns a supervisor's specification into what the control thread needs: images instead of code.
 */
import type { AnyBehaviour } from './contract/behaviour.js';
import type { ChildPolicy, ChildSpec, SupervisorSpec } from './contract/supervision.js';
import type { PlannedActor, PlannedChild, SupervisorPlan } from './protocol.js';
import { imageOf } from './spawn.js';
import type { ActorThread } from './thread.js';
import { placementOf } from './worker-threads.js';
import type { Placement } from './worker-threads.js';

/** @param takeWorker the worker of a child that names none */
export function planSupervisor(
  thread: ActorThread,
  spec: SupervisorSpec,
  takeWorker: () => number,
): SupervisorPlan {
  const { maxRestarts, withinMs, backoff, autoShutdown, strategy } = spec;
  const policy = { maxRestarts, withinMs, backoff, autoShutdown, strategy };
  if (spec.strategy === 'simpleOneForOne') {
    const templateBehaviour = thread.programFor(spec.children.behaviour);
    return { ...policy, children: [], template: policyOf(spec.children), templateBehaviour };
  }
  const children = spec.children.map((child) => planChild(thread, child, takeWorker));
  return { ...policy, children, template: undefined, templateBehaviour: 0 };
}

/** @param takeWorker the worker of a child that names none */
export function planChild(
  thread: ActorThread,
  child: ChildSpec,
  takeWorker: () => number,
): PlannedChild {
  const { id, subject } = child;
  if (subject.kind === 'supervisor') {
    const plan = planSupervisor(thread, subject.spec, takeWorker);
    return { id, ...policyOf(child), subject: { kind: 'supervisor', plan } };
  }
  const worker = 'worker' in child ? child.worker : undefined;
  const { behaviour, args } = subject;
  return {
    id,
    ...policyOf(child),
    subject: planActor(thread, behaviour, args, placed(thread, worker, takeWorker)),
  };
}

/** The image of an actor is made here, on the calling thread. */
export function planActor(
  thread: ActorThread,
  behaviour: AnyBehaviour,
  args: unknown,
  placement: Placement,
): PlannedActor {
  return { kind: 'actor', image: imageOf(thread, behaviour, args), placement };
}

/** On the worker that is named, or the next in turn. */
export function placed(
  thread: ActorThread,
  worker: number | undefined,
  takeWorker: () => number,
): Placement {
  return placementOf(worker, takeWorker, thread.memory.sizes.workers);
}

function policyOf({ restart, shutdownMs, startTimeoutMs, significant }: ChildPolicy): ChildPolicy {
  return { restart, shutdownMs, startTimeoutMs, significant };
}
