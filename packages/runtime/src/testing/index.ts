export type { ConformanceCase } from './conformance.js';
export { storageConformance } from './storage.js';
export type { StorageSubject, StorageSubjectLimits } from './storage.js';
export { transportConformance } from './transport.js';
export type { TransportSubject, TransportSubjectLimits } from './transport.js';
export { virtualTime } from './virtual-time.js';
export type { VirtualTime, VirtualTimeOptions } from './virtual-time.js';
