export type { ConformanceCase } from './conformance.js';
export { virtualTime } from './virtual-time.js';
export type { VirtualTime, VirtualTimeOptions } from './virtual-time.js';
