/**
 * The actor layer's seams: what its users and the layers above hold. In parts: behaviours and
 * messages, references, supervision as data, the system.
 */
export type {
  AnyBehaviour, ArgumentsOf, Behaviour, ExitReason, ExitRequest, InitSelf, IsolateDefinition,
  IsolateSelf, Self, SharedDefinition, SpawnArguments, SpawnOptions,
} from './contract/behaviour.js';
export type {
  Ask, AskOptions, FieldKind, Fields, FieldsView, MessageKind, MessageView, Messages, RefKind,
  ReplyKind, ScalarKind, StateView, Tell, TellWait, TellWaitOptions, ValueKind,
} from './contract/messages.js';
export type { LetterHandler, ReturnedLetter } from './contract/letters.js';
export type { NameRegistry, WhenRegisteredOptions } from './contract/names.js';
export type { ActorId, ActorRef } from './contract/ref.js';
export type { DownEvent, ExitNews, Relating, RelationHandlers } from './contract/relations.js';
export type { ActorPinning, CreatePinning, ThreadPinning } from './contract/pinning.js';
export type {
  ActorQueue, ActorScheduler, CreateActorQueue, ExportName, SchedulerComponents,
} from './contract/scheduling.js';
export { PASSED_OVER_EACH, PASSED_OVER_MAX } from './contract/scheduling.js';
export type {
  ActorChildSpec, AutoShutdown, Backoff, ChildOptions, ChildPolicy, ChildSpec, ChildTemplate,
  GroupOptions, GroupSpec, GroupStrategy, RestartType, SimpleOptions, SimpleSpec, Strategy,
  SupervisorChildOptions, SupervisorChildSpec, SupervisorOptions, SupervisorPolicy, SupervisorSpec,
} from './contract/supervision.js';
export type {
  ActorInfo, DeadLetterCause, SystemStats, Usage, WorkerStats,
} from './contract/inspection.js';
export type {
  ActorSystem, ActorSystemOptions, Checks, Reservation, ResolvedActorSystemOptions, SystemEvent,
} from './contract/system.js';
export type { GroupCalls, SimpleCalls, SupervisorCaller } from './contract/calls.js';
export type {
  ActorPath, ChildCounts, ChildInfo, GroupTree, RefAt, SimpleTree, SpecAt, SupervisionTree,
  SupervisorPath, TreeNode,
} from './contract/tree.js';
export type {
  ActorTracer, CreateTracer, HandlerOutcome, TracedActor, TracedMessage, Tracer, TracerComponents,
} from './contract/tracing.js';
export type { Later, Timer, TimerMaker } from './contract/timers.js';
export { ActorsError } from './errors.js';
export type { ActorsErrorCode } from './errors.js';
