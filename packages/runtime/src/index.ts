export { nodeClock } from './clock.js';
export { msgpackCodec } from './codec/msgpack.js';
export { codecDefaults, resolveCodecOptions } from './codec/options.js';
export type { CodecOptions } from './codec/options.js';
export { RuntimeError } from './errors.js';
export type { RuntimeErrorCode } from './errors.js';
export { struct } from './layout.js';
export type { Field, FieldKind, Struct } from './layout.js';
export { nodeRuntime } from './node-runtime.js';
export type { NodeRuntime, NodeRuntimeOptions } from './node-runtime.js';
export { seededRandom } from './random.js';
export { memoryStorage } from './storage/memory-storage.js';
export { nodeStorage } from './storage/node-storage.js';
export type { NodeStorageOptions } from './storage/node-storage.js';
export { resolveStorageLimits, storageDefaults } from './storage/options.js';
export type { StorageLimits } from './storage/options.js';
export { nodeThreads, ownThread, threadDefaults } from './threads.js';
export { nodeTimers, resolveTimersOptions, timersDefaults } from './timers.js';
export type { TimersOptions } from './timers.js';
export { memoryNetwork, memoryTransport } from './transport/memory.js';
export type { MemoryNetwork, MemoryTransportOptions } from './transport/memory.js';
export {
  resolveTransportLimits, resolveWsTransportOptions, transportDefaults, wsTransportDefaults,
} from './transport/options.js';
export type { TransportLimits, WsTransportOptions } from './transport/options.js';
export { wsTransport } from './transport/ws.js';

export type {
  Clock,
  Codec,
  CodecExtension,
  Connection,
  ConnectionHandler,
  Listener,
  LockAttempt,
  Log,
  LogRecord,
  OwnThread,
  Random,
  Runtime,
  Storage,
  Thread,
  ThreadHandler,
  ThreadOptions,
  Threads,
  Timer,
  Timers,
  Transport,
} from './contract.js';
