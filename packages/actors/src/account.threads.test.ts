import { expect, test } from 'vitest';

type Runs = typeof import('./fixtures/account-run.js');

// Worker threads load compiled modules, so the fixtures come from dist.
const { isExact, runAccount } = (await import(
  new URL('../dist/fixtures/account-run.js', import.meta.url).href
)) as Runs;

const LONG_MS = 120_000;

const options = { timeout: LONG_MS };

test('ACTORS-W4: with stealing, crashes and restarts the account is exact', options, async () => {
  const run = await runAccount({ seconds: 3, workers: 3, killMs: Infinity, seed: 1 });
  expect([run.sent - run.handled - run.crashes, run.disorder, run.deaths]).toEqual([0, 0, 0]);
  expect(Math.min(run.crashes, run.moves)).toBeGreaterThan(0);
  expect([run.restarts, run.returned]).toEqual([run.crashes, run.crashes]);
});

test('ACTORS-W1, -W4: when workers die, only what they had in hand is lost', options, async () => {
  const run = await runAccount({ seconds: 10, workers: 3, killMs: 400, seed: 2 });
  expect([run, isExact(run)]).toEqual([run, true]);
  expect(Math.min(run.crashes, run.deaths, run.moves)).toBeGreaterThan(0);
  expect(run.returned).toBeGreaterThanOrEqual(run.crashes);
});
