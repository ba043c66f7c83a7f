export { steppedDefaults, steppedSystem } from './stepped.js';
export type { SteppedExit, SteppedOptions, SteppedSystem } from './stepped.js';
