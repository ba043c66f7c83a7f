/**
 * Vitest reporter that writes one JSON file (path in GANGLION_TEST_REPORT) with what tools/test.mjs
 * needs: counts, the reason of every skip, and errors outside of tests.
 */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

/** Vitest tells `skip` and `skipIf` apart from nothing, so the file says which condition it was. */
function reasonOf(test, file) {
  return test.result().note ?? `skip, skipIf or only in ${relative(process.cwd(), file)}`;
}

/** Counts and skips of finished test modules, in vitest's own reporting types. */
export function summarize(modules, unhandledErrors) {
  const report = { passed: 0, failed: 0, skipped: [], errors: [] };
  for (const module of modules) {
    for (const error of module.errors()) report.errors.push(`${module.moduleId}: ${error.message}`);
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') report.passed++;
      else if (state === 'skipped') {
        const reason = reasonOf(test, module.moduleId);
        report.skipped.push({ name: test.fullName, reason });
      } else report.failed++;
    }
  }
  for (const error of unhandledErrors) report.errors.push(String(error.message ?? error));
  return report;
}

export default class ReportWriter {
  onTestRunEnd(modules, unhandledErrors) {
    const report = JSON.stringify(summarize(modules, unhandledErrors));
    writeFileSync(process.env.GANGLION_TEST_REPORT, report);
  }
}
