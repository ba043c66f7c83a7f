import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

// Runs the compiled command as a person does; every case at its small size, without peers; then
// those peers that take seconds. The two figures of an actors case are those of ACTORS-P2.

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const PEERS = fileURLToPath(new URL('../peers/', import.meta.url));

interface Line {
  readonly suite: string;
  readonly case: string;
  readonly subject: string;
  readonly metric: string;
  readonly value: number;
  readonly intended: number;
  readonly completed: number;
  readonly samples: number;
  readonly min: number;
  readonly max: number;
  readonly check: string;
  readonly skipped?: string;
}

function bench(...args: readonly string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    encoding: 'utf8',
    timeout: 50_000,
  });
  return { status, out: stdout, err: stderr };
}

function jsonLines(text: string): readonly Line[] {
  return text.trim().split('\n').map((line): Line => JSON.parse(line));
}

test.each([
  ['actors', 'count', ['throughput', 'throughput_fresh'], /^count 20000$/],
  ['actors', 'pingpong', ['throughput', 'throughput_fresh'], /^count 20000$/],
  ['actors', 'threadring', ['throughput', 'throughput_fresh'], /^count 20000$/],
  ['actors', 'isolate', ['throughput', 'throughput_fresh'], /^count 20000$/],
  ['actors', 'fjthrput', ['throughput', 'throughput_fresh'], /^count 12000$/],
  ['actors', 'big', ['throughput', 'throughput_fresh'], /^count 24000$/],
  ['actors', 'chameneos', ['throughput', 'throughput_fresh'], /^count 2000$/],
  ['actors', 'spawn', ['throughput', 'bytes_per_actor', 'throughput_fresh'], /^count 2000$/],
  ['actors', 'ask', ['p50', 'p99'], /^count 2000$/],
  ['actors', 'crossworker', ['throughput', 'throughput_fresh', 'round_trip'], /^count 2000$/],
  ['actors', 'skynet', ['time'], /^sum 499500 peak \d{2,4}$/],
  ['actors', 'steal', ['efficiency'], /^sum -?\d+$/],
  ['dispatch', 'matmul', ['time'], /^row 0 1 2 3$/],
  ['gemm', 'f32-512', ['throughput'], /^sum -39\.721 error \d\.\de-\d$/],
  ['gemm', 'f32-1024', ['throughput'], /^sum -39\.721 error \d\.\de-\d$/],
  ['gemm', 'f32-2048', ['throughput'], /^sum -39\.721 error \d\.\de-\d$/],
  ['gemm', 'bf16-512', ['throughput'], /^sum -?\d+\.\d+ error 0\.0e\+0$/],
  ['gemm', 'bf16-1024-2t', ['throughput'], /^sum -?\d+\.\d+ error 0\.0e\+0$/],
  ['gemm', 'f32-m1', ['throughput'], /^sum -?\d+\.\d+ error \d\.\de-\d$/],
  ['gemm', 'f32-m32', ['throughput'], /^sum -?\d+\.\d+ error \d\.\de-\d$/],
  ['gemm', 'f32-m128', ['throughput'], /^sum -39\.721 error \d\.\de-\d$/],
  ['memory', 'slab', ['time'], /^whole 20000$/],
  ['memory', 'queue-spsc', ['time'], /^sum 199990000$/],
  ['memory', 'queue-mpsc', ['time'], /^sum 99990000$/],
  ['memory', 'queue-mpmc', ['time'], /^sum 99990000$/],
  ['train', 'mlp', ['throughput', 'peak_memory'], /^weights [\da-f]{16}$/],
  ['train', 'chargpt', ['throughput', 'peak_memory'], /^weights [\da-f]{16}$/],
  ['train', 'chargpt-2w', ['throughput', 'peak_memory'], /^weights [\da-f]{16}$/],
])('%s/%s completes its work and prints JSON lines only', (suite, name, metrics, check) => {
  const { status, out, err } = bench(
    suite, '--case', name, '--size', 'small', '--peer', 'none', '--samples', '2', '--json',
  );
  expect([status, err]).toEqual([0, '']);
  const lines = jsonLines(out);
  expect(lines.map((line) => line.metric)).toEqual(metrics);
  for (const line of lines) {
    expect(line).toMatchObject({ suite, case: name, subject: 'ganglion', samples: 2 });
    expect(line.completed).toBe(line.intended);
    // Two thousand actors are less than what else changes in a process's resident memory.
    expect(line.metric === 'bytes_per_actor' || line.min > 0).toBe(true);
    expect(line.value).toBeGreaterThanOrEqual(line.min);
    expect(line.max).toBeGreaterThanOrEqual(line.value);
    expect(line.check).toMatch(check);
  }
});

test.each([
  [['walk'], 'bench: unknown suite \'walk\': expected one of actors, ' +
    'dispatch, gemm, memory, train\n'],
  [['gemm', '--case', 'bf16-packed-512'],
    'bench: gemm/bf16-packed-512 cannot run yet: the cpu backend cannot pack a factor ' +
      'beforehand\n'],
  [['memory', '--peer', 'openblas'], 'bench: unknown peer \'openblas\': expected none\n'],
  [['actors', '--peer', 'openblas'],
    'bench: unknown peer \'openblas\': expected erlang, caf, nact, xstate, messageport or none\n'],
])('%j is one sentence and status 2', (args, sentence) => {
  expect(bench(...args)).toEqual({ status: 2, out: '', err: sentence });
});

test('bare threads with a MessagePort do the work of crossworker', () => {
  const { status, out, err } = bench(
    'actors', '--case', 'crossworker', '--size', 'small', '--peer', 'messageport', '--samples', '1',
    '--json',
  );
  expect([status, err]).toEqual([0, '']);
  const peers = jsonLines(out).filter(({ subject }) => subject === 'messageport');
  expect(peers.map(({ metric, completed, check }) => [metric, completed, check])).toEqual([
    ['throughput', 2_000, 'count 2000'],
    ['round_trip', 2_000, 'count 2000'],
  ]);
});

test.for([
  ['count', ['caf', 'nact', 'xstate'], 20_000],
  ['pingpong', ['caf', 'nact'], 20_000],
  ['threadring', ['caf'], 20_000],
  ['fjthrput', ['caf'], 12_000],
] as const)('actors/%s is also the work of %j', ([name, peers, amount], { skip }) => {
  const { status, out, err } = bench(
    'actors', '--case', name, '--size', 'small', '--peer', peers.join(), '--samples', '1', '--json',
  );
  expect([status, err]).toEqual([0, '']);
  const lines = jsonLines(out).filter(({ subject }) => subject !== 'ganglion');
  // Peers that are not installed come last.
  expect(lines.map(({ subject, metric }) => `${subject} ${metric}`).toSorted()).toEqual(
    peers.map((peer) => `${peer} throughput`),
  );
  const absent = lines.filter(({ skipped }) => skipped !== undefined);
  for (const line of lines.filter((candidate) => !absent.includes(candidate))) {
    expect(line).toMatchObject({ intended: amount, completed: amount, check: `count ${amount}` });
    expect(line.value).toBeGreaterThan(0);
  }
  const sentences = absent.map(({ subject, skipped }) => `${subject} is not installed: ${skipped}`);
  if (absent.length > 0) skip(sentences.join('; '));
});

test.each([
  ['nact', ['count']],
  ['xstate', []],
])('%s says how to install it where its package is not found', (peer, workload) => {
  const folder = mkdtempSync(join(tmpdir(), 'ganglion-peers-'));
  try {
    cpSync(PEERS, folder, { recursive: true });
    const program = join(folder, peer, `${peer}-peer.mjs`);
    const { status, stdout, stderr } = spawnSync(
      process.execPath, [program, ...workload, '100', '1'], { encoding: 'utf8', timeout: 50_000 },
    );
    expect([status, stdout, stderr]).toEqual([0, '{"skipped":"npm ci"}\n', '']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('--help lists the options, every suite and its cases', () => {
  const { status, out, err } = bench('--help');
  expect([status, err]).toEqual([0, '']);
  expect(out).toMatch(/^npm run --silent bench -- <suite> /);
  expect(out).toMatch(/^ {2}--samples N .*1 to 1000$/m);
  expect(out).toMatch(/^gemm\n {2}f32-512 +peers onednn, openblas$/m);
  expect(out).toMatch(/^ {2}bf16-512 +peers onednn$/m);
  expect(out).toMatch(/^ {2}not yet: bf16-packed-512/m);
});

test('without --json it prints a table', () => {
  const { status, out } = bench(
    'gemm', '--case', 'f32-512', '--size', 'small', '--peer', 'none', '--samples', '1',
  );
  expect(status).toBe(0);
  expect(out.split('\n').slice(0, 2).map((line) => line.split(/\s{2,}/))).toEqual([
    ['gemm/f32-512: 1 sample'],
    ['', 'subject', 'metric', 'median', 'min', 'max', 'unit'],
  ]);
});

test.each([
  ['gemm', 'f32-512', 1, {
    onednn: 'apt-get install g++ libdnnl-dev', openblas: 'apt-get install g++ libopenblas-dev',
  }],
  ['actors', 'threadring', 2, {
    erlang: 'apt-get install erlang-base', caf: 'apt-get install g++ libcaf-dev',
  }],
])('a peer of %s/%s that is not installed is a line that says how to install it', (
  suite, name, ours, peers,
) => {
  const { status, stdout } = spawnSync(
    process.execPath,
    [MAIN, suite, '--case', name, '--size', 'small', '--samples', '1', '--json'],
    { encoding: 'utf8', timeout: 50_000, env: { PATH: '/nonexistent' } },
  );
  expect(status).toBe(0);
  expect(stdout.trim().split('\n').slice(ours).map((line): unknown => JSON.parse(line))).toEqual(
    Object.entries(peers).map(([subject, skipped]) => ({
      suite, case: name, subject, metric: 'throughput', skipped,
    })),
  );
});
