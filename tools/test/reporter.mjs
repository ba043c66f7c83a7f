/**
 * Vitest reporter that writes one JSON file (path in GANGLION_TEST_REPORT) with what tools/test.mjs
 * needs: counts, what failed, the reason of every skip, and errors outside of tests.
 */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

/** Vitest tells `skip` and `skipIf` apart from nothing, so the file says which condition it was. */
function reasonOf(test, file) {
  return test.result().note ?? `skip, skipIf or only in ${relative(process.cwd(), file)}`;
}

function failureOf(test, file) {
  const [error] = test.result().errors ?? [];
  const message = String(error?.message ?? 'it did not end').split('\n')[0];
  return { name: test.fullName, file: relative(process.cwd(), file), message };
}

/** Counts, failures and skips of finished test modules, in vitest's own reporting types. */
export function summarize(modules, unhandledErrors) {
  const report = { passed: 0, failed: 0, failures: [], skipped: [], errors: [] };
  for (const module of modules) {
    for (const { message } of module.errors()) {
      report.errors.push(`${relative(process.cwd(), module.moduleId)}: ${message}`);
    }
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') report.passed++;
      else if (state === 'skipped') {
        const reason = reasonOf(test, module.moduleId);
        report.skipped.push({ name: test.fullName, reason });
      } else {
        report.failed++;
        report.failures.push(failureOf(test, module.moduleId));
      }
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
