export { explore, explorerDefaults, ScheduleError } from './explorer.js';
export type {
  Call, Exploration, ExplorerOptions, Outcome, Scenario, ThreadContext,
} from './explorer.js';
export {
  instrumentWords,
  withInstrumentedAtomics,
  withoutWrites,
} from './instrumented-words.js';
export type { Access, WordAccess } from './instrumented-words.js';
export { isLinearizable } from './linearizability.js';
export type { SequentialModel } from './linearizability.js';
export { allocatorConformance } from './allocator-conformance.js';
export type { AllocatorSubject } from './allocator-conformance.js';
export { queueConformance } from './queue-conformance.js';
export type { QueueShape, QueueSubject, SubjectQueue } from './queue-conformance.js';
