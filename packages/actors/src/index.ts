// Behaviours and messages
export { actor } from './behaviour.js';
export { f32, f64, i32, ref, reply, u32, u8, value } from './kinds.js';

// Systems and supervision
export { createActorSystem } from './system.js';
export type { ActorSystemComponents } from './system.js';
export { scheduler } from './scheduler.js';
export { pinning } from './pinning.js';
export { tracer } from './tracer.js';
export { actorSystemDefaults, describeEvent } from './options.js';
export {
  child, childDefaults, exponential, supervisor, supervisorDefaults, template,
} from './supervisor-spec.js';

// Waiting for room
export { tellWaitDefaults } from './waiting-tells.js';

// Groups
export { gatherDefaults, group } from './group.js';
export type { ActorGroup, BroadcastFailure, GatherOptions } from './group.js';

// Types and errors
export { ActorsError } from './errors.js';
export type {
  ActorChildSpec, ActorId, ActorInfo, ActorPath, ActorPinning, ActorQueue, ActorRef, ActorScheduler,
  ActorsErrorCode, ActorSystem, ActorSystemOptions, ActorTracer, AnyBehaviour, ArgumentsOf, Ask,
  AskOptions, AutoShutdown, Backoff, Behaviour, Checks, ChildCounts, ChildInfo, ChildOptions,
  ChildPolicy, ChildSpec, ChildTemplate, DeadLetterCause, DownEvent, ExitNews, ExitReason,
  ExitRequest, FieldKind, Fields, FieldsView, GroupCalls, GroupOptions, GroupSpec, GroupStrategy,
  GroupTree, HandlerOutcome, InitSelf, IsolateDefinition, IsolateSelf, Later, LetterHandler,
  MessageKind, Messages, MessageView, NameRegistry, RefAt, RefKind, Relating, RelationHandlers,
  ReplyKind, Reservation, ResolvedActorSystemOptions, RestartType, ReturnedLetter, ScalarKind,
  SchedulerComponents, Self, SharedDefinition, SimpleCalls, SimpleOptions, SimpleSpec, SimpleTree,
  SpawnArguments, SpawnOptions, SpecAt, StateView, Strategy, SupervisionTree, SupervisorCaller,
  SupervisorChildOptions, SupervisorChildSpec, SupervisorOptions, SupervisorPath, SupervisorPolicy,
  SupervisorSpec, SystemEvent, SystemStats, Tell, TellWait, TellWaitOptions, ThreadPinning, Timer,
  TimerMaker, TracedActor, TracedMessage, Tracer, TracerComponents, TreeNode, Usage, ValueKind,
  WhenRegisteredOptions, WorkerStats,
} from './contract.js';

// Limits
export {
  ACTOR_HEAP_SIZE, ACTOR_HEAP_SIZE_MAX, ACTOR_STACK_SIZE, INITIAL_REDUCTIONS, INLINE_BYTES,
  MAILBOX_CAPACITY, MAX_ACTORS, MAX_BEHAVIOURS, MAX_CPUS, MAX_NAMES, MAX_PENDING_ASKS,
  MAX_RELATIONS, MAX_RESTARTS, MAX_SYSTEM_ACTORS, MAX_TIMERS, MAX_WORKERS, MESSAGE_SLOTS,
  NAME_BYTES_MAX, RELATIONS, RESTART_WINDOW_MS, STEAL_THRESHOLD, TIMER_MAX_MS, TIMER_RECORDS,
} from './limits.js';
