/** The suites of `npm test`, in order, each with its budget on two cores. */
const minutes = (count) => count * 60_000;

/** Everything together; the run is ended and fails when it is passed. */
export const TOTAL_MS = minutes(15);
/** Spent by tools/bootstrap.mjs before the tests start. */
export const PREPARE_BUDGET_MS = minutes(3);

/** `project` is a vitest project of vitest.config.ts. */
export const suites = Object.freeze([
  { project: 'unit', title: 'unit', budgetMs: minutes(2.5) },
  { project: 'threads', title: 'stress (threads)', budgetMs: minutes(3.5) },
  { project: 'simulation', title: 'simulation', budgetMs: minutes(3) },
  { project: 'kits', title: 'GPU kits', budgetMs: minutes(0.5) },
  { project: 'processes', title: 'processes', budgetMs: minutes(2.5) },
]);
