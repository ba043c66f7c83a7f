/**
 * Case counts as ratchets. tools/case-counts.json records per suite how many cases exist
 * (`cases`) and how many of them ran (`executed`) with the capabilities in `measuredWith`.
 *
 * COUNT-1: fewer cases than recorded fail, skipped or not, and so do fewer that ran.
 * COUNT-2: that holds where every capability of `measuredWith` is present. Elsewhere kits have
 *   fewer subjects and tests are skipped; skips are counted and explained there.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const fileOf = (root) => join(root, 'tools', 'case-counts.json');

export const readCounts = (root) => JSON.parse(readFileSync(fileOf(root), 'utf8'));

const totalOf = (report) => report.passed + report.failed + report.skipped.length;

/** The capabilities that this machine lacks for a comparison. */
export const lackedBy = (recorded, present) =>
  recorded.measuredWith.filter((name) => !present.includes(name));

/**
 * Sentences about the suites that have lost cases; empty when none has. `only` names the one suite
 * that was asked for, if one was.
 */
export function lostCases(recorded, reports, present, only) {
  const lost = [];
  if (lackedBy(recorded, present).length > 0) return lost;
  for (const [suite, { cases, executed }] of Object.entries(recorded.suites)) {
    if (suite !== (only ?? suite)) continue;
    const report = reports[suite] ?? { passed: 0, failed: 0, skipped: [] };
    const total = totalOf(report);
    const ran = report.passed + report.failed;
    if (total < cases) {
      lost.push(`${suite}: ${total} cases, ${cases} recorded in tools/case-counts.json`);
    } else if (ran < executed) {
      lost.push(`${suite}: ${ran} cases ran, ${executed} recorded in tools/case-counts.json`);
    }
  }
  return lost;
}

/** The counts to record after a run. */
export function countsOf(reports, present) {
  const suites = {};
  for (const [suite, report] of Object.entries(reports)) {
    const executed = report.passed + report.failed;
    if (totalOf(report) > 0) suites[suite] = { cases: totalOf(report), executed };
  }
  return { measuredWith: present, suites };
}

export function writeCounts(root, counts) {
  writeFileSync(fileOf(root), `${JSON.stringify(counts, null, 2)}\n`);
}
