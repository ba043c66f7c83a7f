// Behaviours and messages
export { actor } from './behaviour.js';
export type {
  AnyBehaviour,
  ArgumentsOf,
  Behaviour,
  ExitReason,
  ExitRequest,
  InitSelf,
  IsolateDefinition,
  IsolateSelf,
  Self,
  SharedDefinition,
  SpawnArguments,
  SpawnOptions,
} from './behaviour.js';
export { f32, f64, i32, ref, reply, u32, u8, value } from './kinds.js';
export type {
  Ask,
  AskOptions,
  FieldKind,
  Fields,
  FieldsView,
  MessageKind,
  MessageView,
  Messages,
  RefKind,
  ReplyKind,
  ScalarKind,
  StateView,
  Tell,
  ValueKind,
} from './kinds.js';
export type { ActorId, ActorRef } from './ref.js';

// Systems
export { createActorSystem } from './system.js';
export type { ActorSystem, ActorSystemComponents, SupervisionTree } from './system.js';
export { actorSystemDefaults, describeEvent } from './options.js';
export type { ActorSystemOptions, ResolvedActorSystemOptions } from './options.js';
export type { ActorInfo } from './inspect.js';
export type { SystemEvent } from './protocol.js';

// Supervision
export { child, exponential, supervisor, supervisorDefaults } from './supervisor-spec.js';
export type {
  Backoff,
  ChildOptions,
  ChildSpec,
  RestartType,
  Strategy,
  SupervisorOptions,
  SupervisorSpec,
} from './supervisor-spec.js';

// Errors and limits
export { ActorsError } from './errors.js';
export type { ActorsErrorCode } from './errors.js';
export {
  ACTOR_HEAP_SIZE,
  ACTOR_HEAP_SIZE_MAX,
  ACTOR_STACK_SIZE,
  INITIAL_REDUCTIONS,
  INLINE_BYTES,
  MAILBOX_CAPACITY,
  MAX_ACTORS,
  MAX_BEHAVIOURS,
  MAX_CPUS,
  MAX_PENDING_ASKS,
  MAX_RESTARTS,
  MAX_SYSTEM_ACTORS,
  MAX_WORKERS,
  MESSAGE_SLOTS,
  RESTART_WINDOW_MS,
  STEAL_THRESHOLD,
} from './limits.js';
