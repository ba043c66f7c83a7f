export { datasetConformance } from './dataset-conformance.js';
export type { DatasetCase, DatasetUnderTest } from './dataset-conformance.js';
export { referenceRun } from './reference-run.js';
export type { ReferenceResult, ReferenceRunOptions } from './reference-run.js';
