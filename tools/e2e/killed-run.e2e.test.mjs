/** Runs that end in the middle: nothing half-written, and `--resume` gives the undisturbed bits. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFolder, script } from './command.mjs';

const small = script('small');

describe('a run that ends in the middle', () => {
  let place;
  let undisturbed;
  beforeAll(async () => {
    place = makeFolder();
    await place.run('train', small, '--name', 'undisturbed', '--workers', '1');
    undisturbed = place.summary('undisturbed').weightsHash;
  });
  afterAll(() => place.remove());

  test('NUMERICS-N7: killed, it resumes to the weights of an undisturbed run', async () => {
    const run = place.start('train', small, '--name', 'killed', '--workers', '2');
    // The checkpoint of an epoch has been written when the epoch after the next one begins.
    await run.waitForOutput('stdout', 'epoch 3 ');
    run.child.kill('SIGKILL');
    expect((await run.ended).signal).toBe('SIGKILL');
    const left = Object.keys(place.contents()).filter((name) => name.startsWith('runs/killed/'));
    expect(left).not.toContain('runs/killed/summary.json');
    const manifest = JSON.parse(readFileSync(place.path('runs/killed/checkpoint/manifest.json')));
    expect(manifest.step).toBeGreaterThan(0);
    const resumed = await place.run('train', small, '--name', 'killed', '--resume');
    expect([resumed.status, resumed.stderr]).toEqual([0, '']);
    expect(resumed.stdout).toContain('resumed after step ');
    expect(place.summary('killed').weightsHash).toBe(undisturbed);
    const names = Object.keys(place.contents()).filter((name) => /tmp|running/.test(name));
    expect(names).toEqual([]);
    const metrics = readFileSync(place.path('runs/killed/metrics.jsonl'), 'utf8').trim();
    const steps = metrics.split('\n').map((line) => JSON.parse(line).step);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
  });

  test('interrupted, it ends with status 130 and a checkpoint to resume from', async () => {
    const run = place.start('train', small, '--name', 'interrupted', '--workers', '2');
    await run.waitForOutput('stdout', 'epoch 1 ');
    run.child.kill('SIGINT');
    const { status, stdout } = await run.ended;
    expect(status).toBe(130);
    expect(stdout).toMatch(/stopped.*continue with --resume/);
    const resumed = await place.run('train', small, '--name', 'interrupted', '--resume');
    expect([resumed.status, resumed.stderr]).toEqual([0, '']);
    expect(place.summary('interrupted').weightsHash).toBe(undisturbed);
  });

  test('while it goes on, a second process that wants its folder is refused', async () => {
    const run = place.start('train', small, '--name', 'busy', '--epochs', '10000');
    await run.waitForOutput('stdout', 'epoch 1 ');
    const second = await place.run('train', small, '--name', 'busy', '--resume');
    expect(second.status).toBe(1);
    const sentence = `runs/busy is being trained by process ${run.child.pid}`;
    expect(second.stderr).toContain(sentence);
    run.child.kill('SIGINT');
    expect((await run.ended).status).toBe(130);
  });
});
