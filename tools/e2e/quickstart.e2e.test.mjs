/** What a newcomer runs first: whole once, then cut down to one epoch. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inRoot } from '../bootstrap/paths.mjs';
import { contentsOf } from './command.mjs';

const MAIN = inRoot('examples', 'quickstart', 'dist', 'main.js');

describe('quickstart', () => {
  let folder;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ganglion-quickstart-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const summaryOf = (name) =>
    JSON.parse(readFileSync(join(folder, name, 'summary.json'), 'utf8'));
  const quickstart = (...args) =>
    spawnSync(process.execPath, [MAIN, '--runs', folder, ...args], { encoding: 'utf8' });

  test('reaches 94 % on held-out digits in under two minutes; resuming it changes nothing', () => {
    const { status, stderr } = quickstart('--name', 'whole');
    expect([status, stderr]).toEqual([0, '']);
    const summary = summaryOf('whole');
    expect(summary).toMatchObject({ steps: 1_000, restarts: 1 });
    expect(summary.accuracy).toBeGreaterThanOrEqual(0.94);
    expect(summary.seconds).toBeLessThan(120);
    const before = contentsOf(join(folder, 'whole'));
    const again = quickstart('--name', 'whole', '--resume');
    expect([again.status, again.stderr]).toEqual([0, '']);
    expect(contentsOf(join(folder, 'whole'))).toEqual(before);
  }, 180_000);

  test('refuses what it does not know', () => {
    const { status, stderr } = quickstart('epochs=3');
    expect([status, stderr]).toEqual([
      2,
      'quickstart: unexpected argument "epochs=3"; see --help\n',
    ]);
  });

  test.each([
    ['native where it is built', []],
    ['plain TypeScript', ['--no-native']],
  ])('%s: loses a layer actor, recovers, and leaves a run folder', (name, options) => {
    const run = name.replaceAll(' ', '-');
    const { status, stdout, stderr } = quickstart('--epochs', '1', '--name', run, ...options);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/restart 1 of this child/);
    expect(stdout).toMatch(/linear-0 is incarnation 2/);
    expect(readdirSync(join(folder, run)).toSorted()).toEqual([
      'checkpoint',
      'metrics.jsonl',
      'summary.json',
    ]);
    const summary = summaryOf(run);
    expect(summary).toMatchObject({ steps: 125, restarts: 1 });
    expect(summary.accuracy).toBeGreaterThan(0.85);
    expect(summary.weightsHash).toMatch(/^[0-9a-f]{64}$/);
  });

  test('gives the same weights with one worker and with two', () => {
    quickstart('--epochs', '1', '--name', 'one', '--workers', '1');
    quickstart('--epochs', '1', '--name', 'two', '--workers', '2');
    expect(summaryOf('one').weightsHash).toBe(summaryOf('two').weightsHash);
  });
});
