import { native, tryNative } from '@ganglion/native';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { beforeEach, describe, expect, test } from 'vitest';
import { absenceOf, PINNING_ABSENT } from './fixtures/absence.js';
import type { EnvironmentAnswer, EnvironmentTask } from './fixtures/worker-protocol.js';
import { MATRIX_BYTES, MEMORY_BYTES, SIZE } from './fixtures/worker-protocol.js';

const absent = absenceOf(tryNative());
beforeEach(({ skip }) => skip(absent !== undefined, absent));

const entry = new URL('../dist/fixtures/environment-worker.js', import.meta.url);

function inputs(): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(MEMORY_BYTES);
  const matrices = new Float32Array(memory, 0, (2 * MATRIX_BYTES) / 4);
  for (let i = 0; i < matrices.length; i++) matrices[i] = Math.sin(i + 1);
  return memory;
}

function start(task: EnvironmentTask): Worker {
  return new Worker(entry, { workerData: task });
}

async function answerOf(worker: Worker): Promise<EnvironmentAnswer> {
  const [answer] = (await once(worker, 'message')) as [EnvironmentAnswer];
  return answer;
}

function allowedCpus(): string {
  const status = readFileSync('/proc/thread-self/status', 'utf8');
  return /^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1] ?? '';
}

describe('ENVIRONMENT-1: two environments at once', () => {
  test('each has its own level and arenas, and both give the same bits', async () => {
    const levels = native().kernels.levels;
    const workers = [levels[0], levels.at(-1), levels[0]].map((level = 'scalar') =>
      start({ kind: 'multiply', memory: inputs(), level, cpu: undefined }),
    );
    const answers = await Promise.all(workers.map(answerOf));
    expect(answers.map(({ level }) => level)).toEqual([levels[0], levels.at(-1), levels[0]]);
    for (const { product } of answers) expect(product).toEqual(answers[0]?.product);
    expect(native().kernels.level).toBe(levels[0]);
    await Promise.all(workers.map((worker) => worker.terminate()));
  });
});

describe('ENVIRONMENT-2: env-cleanup', () => {
  test('threads that end give back their environment and workspace', async () => {
    const before = native().usage();
    const level = native().kernels.levels[0] ?? 'scalar';
    const workers = [1, 2, 3].map(() =>
      start({ kind: 'multiply', memory: inputs(), level, cpu: undefined }),
    );
    await Promise.all(workers.map((worker) => once(worker, 'exit')));
    expect(native().usage()).toEqual(before);
  });

  test('KERNELS-H1: a thread terminated in mid-call gives them back too', async () => {
    const before = native().usage();
    const workers = [1, 2].map(() => start({ kind: 'multiplyForever', memory: inputs() }));
    await Promise.all(workers.map(answerOf));
    const during = native().usage();
    expect(during.environments).toBe(before.environments + 2);
    expect(during.workspaceBytes).toBeGreaterThan(before.workspaceBytes);
    await Promise.all(workers.map((worker) => worker.terminate()));
    expect(native().usage()).toEqual(before);
  });
});

describe('ENVIRONMENT-3, KERNELS-H1: a thread terminated inside one long call', () => {
  test.each([1, 2])('ends within a moment on %i threads', async (threads) => {
    const before = native().usage();
    // Some 10 seconds of products, where the call is not interrupted.
    const times = 10_000;
    const worker = start({ kind: 'multiplyOften', memory: inputs(), times, threads });
    await answerOf(worker);
    await answerOf(worker);
    const answers: unknown[] = [];
    worker.on('message', (answer) => answers.push(answer));
    await sleep(100);
    const asked = performance.now();
    await worker.terminate();
    expect(performance.now() - asked).toBeLessThan(2_000);
    expect(answers).toEqual([]);
    expect(native().usage()).toEqual(before);
  });

  test('a call that nobody interrupts ends by itself', async () => {
    const task = { kind: 'multiplyOften', memory: inputs(), times: 50, threads: 3 } as const;
    const worker = start(task);
    const exit = once(worker, 'exit');
    const { product } = await answerOf(worker);
    await answerOf(worker);
    await answerOf(worker);
    await exit;
    const after = new Int32Array(task.memory, 2 * MATRIX_BYTES, SIZE * SIZE);
    expect(Array.from(after)).toEqual(product);
  });
});

describe('pinThread', () => {
  beforeEach(({ skip }) => skip(process.platform !== 'linux', PINNING_ABSENT));

  test('binds the calling thread and no other', async () => {
    const before = allowedCpus();
    const cpu = Number(before.split(/[-,]/)[0]);
    const level = native().kernels.levels[0] ?? 'scalar';
    const worker = start({ kind: 'multiply', memory: inputs(), level, cpu });
    const exit = once(worker, 'exit');
    expect((await answerOf(worker)).cpus).toBe(String(cpu));
    expect(allowedCpus()).toBe(before);
    await exit;
  });
});
