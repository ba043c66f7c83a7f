/** The examples are run, not only compiled. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { inRoot } from '../bootstrap/paths.mjs';

/** The watchdog says on a busy machine that a turn was long; that is no fault. */
const LONG_TURN = /^ganglion: (?:no actor|\S+) on worker \d+ has been in one turn for \d+ ms\n/gm;

function run(example, ...args) {
  const main = inRoot('examples', example, 'dist', 'main.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8', timeout: 60_000,
  });
  return { status, stdout, said: stderr.replace(LONG_TURN, '') };
}

test('examples/counter prints what the README says', () => {
  expect(run('counter')).toEqual({ status: 0, stdout: '2\n', said: '' });
});

test('examples/chat-room goes on after a crash, with everybody in the rooms', () => {
  expect(run('chat-room')).toEqual({
    status: 0,
    stdout: `ben's message was lost: ACTORS_RESTARTED
the supervisor starts the room again: kitchen is on fire
said in the kitchen since its start 2: 1
ada heard
  kitchen: ada says hello
  kitchen: ada says what was that?
ben heard
  kitchen: ada says hello
  garden: eve says it rains
  kitchen: ada says what was that?
  garden: eve says all quiet here
eve heard
  garden: eve says it rains
  garden: eve says all quiet here
`,
    said: '',
  });
});

test('examples/custom-scheduler runs the alarm at once', () => {
  expect(run('custom-scheduler')).toEqual({
    status: 0,
    stdout: `built-in scheduler: the alarm ran after 100 jobs
AlarmsFirst:        the alarm ran after 0 jobs
`,
    said: '',
  });
});

test('ACTORS-S1: examples/skynet adds up its leaves with few actors alive at once', () => {
  const { status, stdout, said } = run('skynet', '10000');
  expect([status, said]).toEqual([0, '']);
  const lines = stdout.split('\n').map((line) => line.split(/\s+/));
  expect(lines.map(([name]) => name)).toEqual(['sum', 'seconds', 'peak', '']);
  expect([lines[0][1], lines[2][3]]).toEqual(['49995000', '11111']);
  expect(Number(lines[2][1])).toBeLessThan(5_000);
});

test('examples/skynet refuses what is no power of ten', () => {
  const { status, stdout, said } = run('skynet', '1001');
  expect([status, stdout]).toEqual([1, '']);
  expect(said).toMatch(/^RangeError: leaves is 1001, must be a power of ten up to 1000000$/m);
});
