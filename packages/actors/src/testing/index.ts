// A system stepped by a test
export { steppedDefaults, steppedSystem } from './stepped.js';
export type { SteppedExit, SteppedOptions, SteppedSystem } from './stepped.js';
export type { SteppedEnd } from './end.js';
export type { SteppedWorker } from './stepped-worker.js';

// Many orders of one scenario
export { exploreOrders, orderDefaults, OrderError } from './orders.js';
export type { OrderExploration, OrderOptions, OrderScenario } from './orders.js';

// Deaths on demand
export { killWorker } from './kill-worker.js';

// Conformance
export { schedulerConformance } from './scheduler-conformance.js';
export type { SchedulerSubject } from './scheduler-conformance.js';
export { mailboxConformance } from './mailbox-conformance.js';
export type { MailboxSubject } from './mailbox-conformance.js';
export type { ClosableMailbox, MailboxEnds } from '../contract/mailbox.js';
