import { expect, test } from 'vitest';
import { BenchError } from '../errors.js';
import type { Running, Skipped } from './bench-case.js';
import { startLineChild } from './line-child.js';

const READY = 'console.log(JSON.stringify({ ready: true, note: process.env.NOTE ?? "none" }));';
const ON_LINE = `${READY} require("readline").createInterface({ input: process.stdin })
  .on("line", (line) => `;

function start(code: string, limitMs = 20_000): Promise<Running | Skipped> {
  const command = { name: 'peer', command: process.execPath, args: ['-e', code], limitMs };
  return startLineChild({ ...command, env: { NOTE: 'v1' } });
}

async function startRunning(code: string, limitMs?: number): Promise<Running> {
  const started = await start(code, limitMs);
  if ('skipped' in started) throw new Error('skipped');
  return started;
}

async function codeAndMessage(work: Promise<unknown>): Promise<readonly [string, string]> {
  const error: unknown = await work.then(() => undefined, (reason: unknown) => reason);
  if (!(error instanceof BenchError)) throw new Error('no BenchError');
  return [error.code, error.message];
}

test('one reading for each sample, then it ends with its standard input', async () => {
  const reading = { seconds: 0.5, cpuSeconds: 0.25, completed: 7, check: 'sum 1' };
  const child = await startRunning(
    `let n = 0; ${ON_LINE} console.log(JSON.stringify({ ...${JSON.stringify(reading)},
      figures: { n: n++ } })))`,
  );
  expect(child.note).toBe('v1');
  expect(await child.sample()).toEqual({ ...reading, figures: { n: 0 } });
  expect(await child.sample()).toEqual({ ...reading, figures: { n: 1 } });
  await child.close();
  await child.close();
});

test('a child may say that it is not installed', async () => {
  expect(await start('console.log(`{"skipped":"apt-get install peer"}`)'))
    .toEqual({ skipped: 'apt-get install peer' });
});

test('BENCH_REFUSED: a child may refuse to start, or to count a sample', async () => {
  expect(await codeAndMessage(start('console.log(`{"refused":"reference BLAS"}`)')))
    .toEqual(['BENCH_REFUSED', 'peer: reference BLAS']);
  const child = await startRunning(`${ON_LINE} console.log('{"refused":"error 2"}'))`);
  expect(await codeAndMessage(child.sample())).toEqual(['BENCH_REFUSED', 'peer: error 2']);
  await child.close();
});

test('BENCH_CHILD_FAILED: a child that ends is told with its last words', async () => {
  expect(await codeAndMessage(start('console.error("no heap"); process.exit(3)')))
    .toEqual(['BENCH_CHILD_FAILED', 'peer ended (3): no heap']);
  const thrown = 'setTimeout(() => { throw new RangeError("no arena"); })';
  expect(await codeAndMessage(start(thrown)))
    .toEqual(['BENCH_CHILD_FAILED', 'peer ended (1): RangeError: no arena']);
  const child = await startRunning(`${ON_LINE} process.exit(4))`);
  expect(await codeAndMessage(child.sample()))
    .toEqual(['BENCH_CHILD_FAILED', 'peer ended (4): ']);
  await child.close();
});

test('BENCH_CHILD_FAILED: a command that does not exist', async () => {
  const command = { name: 'peer', command: 'no-such-command', args: [], limitMs: 20_000 };
  expect(await codeAndMessage(startLineChild(command)))
    .toEqual(['BENCH_CHILD_FAILED', 'peer did not start: spawn no-such-command ENOENT']);
});

test('BENCH_CHILD_FAILED: a child that is late is killed', async () => {
  expect(await codeAndMessage(start('console.error("loading"); setInterval(() => {}, 1000)', 1000)))
    .toEqual(['BENCH_CHILD_FAILED', 'peer took over 1000 ms for its ready line: loading']);
});

test.each([
  ['"text"', 'peer printed no JSON object: "text"'],
  ['{oops', 'peer printed no JSON line: {oops'],
  ['{"seconds":0,"cpuSeconds":0,"completed":1,"check":"x"}',
    'peer: not a reading: {"seconds":0,"cpuSeconds":0,"completed":1,"check":"x"}'],
  ['{"seconds":1,"cpuSeconds":0,"check":"x"}',
    'peer: not a reading: {"seconds":1,"cpuSeconds":0,"check":"x"}'],
])('BENCH_CHILD_FAILED: %s is no reading', async (line, message) => {
  const child = await startRunning(`${ON_LINE} console.log(${JSON.stringify(line)}))`);
  expect(await codeAndMessage(child.sample())).toEqual(['BENCH_CHILD_FAILED', message]);
  await child.close();
});
