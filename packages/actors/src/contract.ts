/** The actor layer's seams: what its users and the layers above hold. */
export type {
  AnyBehaviour,
  ArgumentsOf,
  Behaviour,
  ExitReason,
  ExitRequest,
  Self,
  SpawnArguments,
  SpawnOptions,
} from './behaviour.js';
export type { Ask, AskOptions, MessageView, Messages, Tell } from './kinds.js';
export type { ActorId, ActorRef } from './ref.js';
export type { ActorSystem, SupervisionTree } from './system.js';
export type { ActorInfo } from './inspect.js';
export type { SystemEvent } from './protocol.js';
export type {
  Backoff,
  ChildSpec,
  RestartType,
  Strategy,
  SupervisorSpec,
} from './supervisor-spec.js';
export { ActorsError } from './errors.js';
export type { ActorsErrorCode } from './errors.js';
