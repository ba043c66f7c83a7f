/**
 * `npm run verify`: `npm test`, then types, lint, tidy, dead exports, packaging, generated files,
 * documents and the native core under sanitizers. `--skip-test` leaves `npm test` out. Every step
 * runs whatever failed before it, and what failed is said once more at the end. The last line is
 * `N passed, N failed, N skipped`, in which a step counts as one.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceFolders } from './bootstrap/build.mjs';
import { root } from './bootstrap/paths.mjs';
import { readOptions } from './command/options.mjs';
import { lastLine, readLastLine, seconds } from './test/summary.mjs';
import { steps } from './verify/steps.mjs';

const STEP_LIMIT_MS = 600_000;
const TEST_LIMIT_MS = 1_000_000;

const say = (text) => process.stdout.write(`${text}\n`);

/** Runs a command; resolves to its status and all output, which `echo` also shows at once. */
function capture([file, ...args], { limitMs, echo = false }) {
  const stdio = ['ignore', 'pipe', 'pipe'];
  const child = spawn(file, args, { cwd: root, stdio, detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text) => {
      output += text;
      if (echo) process.stdout.write(text);
    });
  }
  const stop = () => process.kill(-child.pid, 'SIGKILL');
  const timer = setTimeout(stop, limitMs);
  const interrupt = (signal) => {
    stop();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, interrupt);
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ status: 127, output: error.message }));
    child.once('close', (status) => {
      clearTimeout(timer);
      for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, interrupt);
      resolve({ status: status ?? `limit of ${limitMs / 1000} s passed`, output });
    });
  });
}

/** Resolves to the lines that name what failed. */
async function runTests(counts) {
  const command = [process.execPath, 'tools/test.mjs'];
  const { status, output } = await capture(command, { limitMs: TEST_LIMIT_MS, echo: true });
  const own = readLastLine(output) ?? { passed: 0, failed: 1, skipped: 0 };
  for (const key of Object.keys(counts)) counts[key] += own[key];
  if (status !== 0 && own.failed === 0) counts.failed++;
  return output.split('\n').filter((line) => line.startsWith('FAILED'));
}

/** Resolves to the line that names the step when it failed. */
async function runStep({ name, command, fix, skip, limitMs = STEP_LIMIT_MS }, counts) {
  const reason = skip?.();
  if (reason !== undefined) {
    counts.skipped++;
    say(`skipped  ${name}: ${reason}`);
    return [];
  }
  const started = Date.now();
  const { status, output } = await capture(command, { limitMs });
  const time = seconds(Date.now() - started);
  counts[status === 0 ? 'passed' : 'failed']++;
  if (status === 0) {
    say(`passed   ${name}  ${time}`);
    return [];
  }
  const line = `FAILED   ${name}  ${time} (status ${status}): ${fix}`;
  say(`${output.trimEnd()}\n${line}`);
  return [line];
}

const USAGE = 'npm run verify -- [--skip-test]   everything that a change must pass';
const values = readOptions(USAGE, { 'skip-test': { type: 'boolean' } });
const counts = { passed: 0, failed: 0, skipped: 0 };
const published = workspaceFolders(root).filter(
  (folder) => !JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')).private,
);
const failures = values['skip-test'] ? [] : await runTests(counts);
for (const step of steps(published)) failures.push(...(await runStep(step, counts)));
if (failures.length > 0) say('\nwhat failed:');
for (const line of failures) say(`  ${line}`);
say(`\n${lastLine(counts)}`);
process.exitCode = counts.failed === 0 ? 0 : 1;
