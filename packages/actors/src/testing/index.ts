// A system stepped by a test
export { steppedDefaults, steppedSystem } from './stepped.js';
export type { SteppedExit, SteppedOptions, SteppedSystem } from './stepped.js';

// Conformance
export { schedulerConformance } from './scheduler-conformance.js';
export type { SchedulerSubject } from './scheduler-conformance.js';
