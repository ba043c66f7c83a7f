/** For tests of systems that stand on this layer. */
export { describeEvent } from '../options.js';
