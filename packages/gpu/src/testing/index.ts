/** The conformance kit of backends, and the oracle that says what operations mean. */

import { contractConformance } from './contract-conformance.js';
import { operationConformance } from './operation-conformance.js';
import { orderConformance } from './order-conformance.js';
import { refusalConformance } from './refusal-conformance.js';
import type { BackendSubject, ConformanceCase } from './subject.js';

export { operationCases } from './operation-cases.js';
export type { Filling, OperationCase } from './operation-cases.js';
export { functionErrors, operationErrors } from './operation-errors.js';
export type { OperationError } from './operation-errors.js';
export { runOracle } from './oracle/oracle.js';
export type { OracleValues } from './oracle/values.js';
export { refusedPrograms } from './refusal-conformance.js';
export type { RefusedProgram } from './refusal-conformance.js';
export { BoundProgram, runOnce } from './subject.js';
export type { Elements } from './elements.js';
export type { BackendSubject, ConformanceCase } from './subject.js';

/** What every backend passes; a case is skipped only for a capability that is not declared. */
export const backendConformance: readonly ConformanceCase<BackendSubject>[] = Object.freeze([
  ...contractConformance,
  ...refusalConformance,
  ...orderConformance,
  ...operationConformance,
]);
