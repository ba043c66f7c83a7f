/**
 * `npm test`: every suite with its time and budget, the reasons of skips, and case counts that may
 * only grow. What failed is said once more at the end. The last line is
 * `N passed, N failed, N skipped`.
 *
 * Options: --suite NAME (only that suite), --update-counts (record this run's case counts).
 */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from './bootstrap/fingerprint.mjs';
import { root } from './bootstrap/paths.mjs';
import { readOptions } from './command/options.mjs';
import { REMEDIES, capabilities } from './test/capabilities.mjs';
import { countsOf, lackedBy, lostCases, readCounts, writeCounts } from './test/counts.mjs';
import { summarize } from './test/reporter.mjs';
import { PREPARE_BUDGET_MS, TOTAL_MS, suites } from './test/suites.mjs';
import { byReason, failureLines, lastLine, seconds } from './test/summary.mjs';

const started = Date.now();
const say = (text = '') => process.stdout.write(`${text}\n`);

const SUITES = suites.map(({ project }) => project).join(', ');
const USAGE = `npm test -- [--suite NAME] [--update-counts]
  --suite NAME      only that one of ${SUITES}
  --update-counts   record this run's case counts in tools/case-counts.json`;

const checkSuite = ({ suite }) =>
  suites.some(({ project }) => project === (suite ?? project))
    ? undefined
    : `unknown suite ${suite}: choose one of ${SUITES}`;

/** Runs one vitest project; resolves to its report, with `ms` and `ended` (past the total). */
function runSuite({ project }, limitMs) {
  const file = join(root, '.bootstrap', `report-${project}.json`);
  mkdirSync(join(root, '.bootstrap'), { recursive: true });
  rmSync(file, { force: true });
  const begin = Date.now();
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', project, '--passWithNoTests'];
  args.push('--reporter=dot', '--reporter=./tools/test/reporter.mjs');
  const colour = process.stdout.isTTY ? {} : { NO_COLOR: '1', FORCE_COLOR: undefined };
  const env = { ...process.env, ...colour, GANGLION_TEST_REPORT: file };
  const options = { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'], detached: true };
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, options);
    const stop = (signal) => {
      process.kill(-child.pid, signal);
      process.exit(1);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, stop);
    let ended = false;
    const timer = setTimeout(() => {
      ended = true;
      process.kill(-child.pid, 'SIGKILL');
    }, limitMs);
    child.once('exit', (status) => {
      clearTimeout(timer);
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, stop);
      const report = readJson(file) ?? summarize([], []);
      if (status !== 0 && report.failed === 0 && report.errors.length === 0) {
        report.errors.push(`vitest ended with status ${status} and named no failed test`);
      }
      resolve({ ...report, ms: Date.now() - begin, ended });
    });
  });
}

const isEmpty = (report) =>
  report.passed + report.failed + report.skipped.length + report.errors.length === 0;

function printTimes(reports) {
  const line = (title, ms, budgetMs, note) => {
    const late = ms > budgetMs ? '  PAST ITS BUDGET' : '';
    const [time, budget] = [seconds(ms).padStart(8), seconds(budgetMs).padStart(8)];
    say(`  ${title.padEnd(18)}${time} of ${budget}  ${note}${late}`);
  };
  say('suite                 time      budget  cases');
  const prepareMs = Number(process.env.GANGLION_PREPARE_MS ?? 0);
  line('install and build', prepareMs, PREPARE_BUDGET_MS, '');
  for (const { project, title, budgetMs } of suites) {
    const report = reports[project];
    if (report === undefined) continue;
    const { passed, failed, skipped, ms } = report;
    line(title, ms, budgetMs, lastLine({ passed, failed, skipped: skipped.length }));
  }
}

function printSkips(skips, present) {
  if (skips.length === 0) return;
  say('\nskipped, and what it takes to run them:');
  for (const { reason, count } of byReason(skips)) say(`  ${String(count).padStart(4)}  ${reason}`);
  for (const [name, remedy] of Object.entries(REMEDIES)) {
    if (!present.includes(name)) say(`  missing: ${name}; get it: ${remedy}`);
  }
}

async function main() {
  const known = { suite: { type: 'string' }, 'update-counts': { type: 'boolean' } };
  const options = readOptions(USAGE, known, checkSuite);
  const chosen = suites.filter(({ project }) => (options.suite ?? project) === project);
  const reports = {};
  const faults = [];
  const startedEarlier = Number(process.env.GANGLION_PREPARE_MS ?? 0);
  for (const suite of chosen) {
    const leftMs = TOTAL_MS - startedEarlier - (Date.now() - started);
    const report = leftMs > 0 ? await runSuite(suite, leftMs) : undefined;
    if (report === undefined || report.ended) {
      faults.push(`the whole run passed its limit of ${TOTAL_MS / 60_000} min in ${suite.title}`);
      break;
    }
    faults.push(...report.errors.map((error) => `${suite.title}: ${error}`));
    if (!isEmpty(report)) reports[suite.project] = report;
  }
  const present = capabilities(root);
  if (options['update-counts'] && faults.length === 0) {
    const counts = countsOf(reports, present);
    const kept = options.suite === undefined ? {} : readCounts(root).suites;
    writeCounts(root, { ...counts, suites: { ...kept, ...counts.suites } });
  } else faults.push(...lostCases(readCounts(root), reports, present, options.suite));
  say();
  printTimes(reports);
  const lacked = lackedBy(readCounts(root), present);
  if (lacked.length > 0) say(`case counts are not compared: this machine lacks ${lacked}`);
  const all = Object.values(reports);
  const skips = all.flatMap(({ skipped }) => skipped);
  printSkips(skips, present);
  const lines = failureLines(chosen, reports, faults);
  if (lines.length > 0) say();
  for (const line of lines) say(line);
  const passed = all.reduce((sum, report) => sum + report.passed, 0);
  const failed = all.reduce((sum, report) => sum + report.failed, faults.length);
  say(`\n${lastLine({ passed, failed, skipped: skips.length })}`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main();
