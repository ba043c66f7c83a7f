// Behaviours and messages
export { actor } from './behaviour.js';
export { f32, f64, i32, ref, reply, u32, u8, value } from './kinds.js';

// Systems and supervision
export { createActorSystem } from './system.js';
export type { ActorSystemComponents } from './system.js';
export { actorSystemDefaults, describeEvent } from './options.js';
export { child, exponential, supervisor, supervisorDefaults } from './supervisor-spec.js';

// Types and errors
export { ActorsError } from './errors.js';
export type {
  ActorId, ActorInfo, ActorRef, ActorsErrorCode, ActorSystem, ActorSystemOptions, AnyBehaviour,
  ArgumentsOf, Ask, AskOptions, Backoff, Behaviour, ChildOptions, ChildSpec, ExitReason,
  ExitRequest, FieldKind, Fields, FieldsView, InitSelf, IsolateDefinition, IsolateSelf, MessageKind,
  MessageView, Messages, RefKind, ReplyKind, Reservation, ResolvedActorSystemOptions, RestartType,
  ScalarKind, Self, SharedDefinition, SpawnArguments, SpawnOptions, StateView, Strategy,
  SupervisionTree, SupervisorOptions, SupervisorSpec, SystemEvent, Tell, ValueKind,
} from './contract.js';

// Limits
export {
  ACTOR_HEAP_SIZE, ACTOR_HEAP_SIZE_MAX, ACTOR_STACK_SIZE, INITIAL_REDUCTIONS, INLINE_BYTES,
  MAILBOX_CAPACITY, MAX_ACTORS, MAX_BEHAVIOURS, MAX_CPUS, MAX_PENDING_ASKS, MAX_RESTARTS,
  MAX_SYSTEM_ACTORS, MAX_WORKERS, MESSAGE_SLOTS, RESTART_WINDOW_MS, STEAL_THRESHOLD,
} from './limits.js';
