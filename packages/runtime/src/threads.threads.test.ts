import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { nodeClock, nodeRuntime, nodeThreads, ownThread } from '@ganglion/runtime';
import type { Thread, ThreadOptions } from '@ganglion/runtime';
import { describe, expect, it } from 'vitest';

import type { ThreadTask } from './fixtures/thread-behaviour.js';

const ENTRY = new URL('../dist/fixtures/thread-behaviour.js', import.meta.url);

/** What a thread's creator was told, in order. */
class Watcher {
  readonly events: (readonly [string, unknown])[] = [];
  #wake: () => void = () => undefined;

  onMessage = (message: unknown): void => this.#record('message', message);
  onError = (error: Error): void => this.#record('error', error);
  onExit = (exitCode: number): void => this.#record('exit', exitCode);

  async until(kind: string, count = 1): Promise<unknown> {
    for (;;) {
      const found = this.events.filter(([name]) => name === kind);
      if (found.length >= count) return found[count - 1]?.[1];
      if (this.events.at(-1)?.[0] === 'exit') throw new Error(`no ${kind} before the exit`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #record(name: string, value: unknown): void {
    this.events.push([name, value]);
    this.#wake();
  }
}

function start(
  data: ThreadTask,
  options: Partial<ThreadOptions> = {},
): { thread: Thread; watcher: Watcher } {
  const watcher = new Watcher();
  const thread = nodeThreads().start({ name: 'test', entry: ENTRY, data, ...options }, watcher);
  return { thread, watcher };
}

describe('nodeThreads', () => {
  it('knows the CPUs and gives each thread its id', async () => {
    expect(nodeRuntime({ seed: 1 }).threads.cpuCount).toBeGreaterThanOrEqual(1);
    const [a, b] = [start({ task: 'clock' }), start({ task: 'clock' })];
    expect(a.thread.id).not.toBe(b.thread.id);
    await Promise.all([a.watcher.until('exit'), b.watcher.until('exit')]);
  });

  it('carries data in and messages both ways, in order, then exits with 0', async () => {
    const { thread, watcher } = start({ task: 'echo' });
    for (const message of ['first', { second: 2 }, 'last']) thread.post(message);
    await watcher.until('exit');
    expect(watcher.events).toEqual([
      ['message', [thread.id, 'first']],
      ['message', [thread.id, { second: 2 }]],
      ['message', [thread.id, 'last']],
      ['exit', 0],
    ]);
  });

  it('transfers what it is told to', async () => {
    const { thread, watcher } = start({ task: 'echo' });
    const bytes = new Uint8Array([1, 2, 3]);
    thread.post(bytes, [bytes.buffer]);
    expect(bytes.length).toBe(0);
    expect(await watcher.until('message')).toEqual([thread.id, new Uint8Array([1, 2, 3])]);
    await thread.terminate();
  });

  it('has one clock origin on all threads', async () => {
    const clock = nodeClock();
    const before = clock.monotonicMs();
    const { watcher } = start({ task: 'clock' });
    const inside = await watcher.until('message');
    const after = clock.monotonicMs();
    expect(inside).toBeGreaterThan(before - 0.5);
    expect(inside).toBeLessThan(after + 0.5);
    await watcher.until('exit');
  });

  it('gives each thread the stack that was asked for', async () => {
    const deep = start({ task: 'recurse', depth: 200_000 }, { stackMiB: 64 });
    expect(await deep.watcher.until('message')).toBe(200_000);
    const shallow = start({ task: 'recurse', depth: 200_000 }, { stackMiB: 1 });
    expect(await shallow.watcher.until('error')).toMatchObject({
      message: 'Maximum call stack size exceeded',
    });
    await Promise.all([deep.watcher.until('exit'), shallow.watcher.until('exit')]);
  });

  it('reports the error that ended a thread, then its exit', async () => {
    const { watcher } = start({ task: 'throw', message: 'on purpose' });
    await watcher.until('exit');
    expect(watcher.events.map(([name]) => name)).toEqual(['error', 'exit']);
    expect(watcher.events[0]?.[1]).toMatchObject({ name: 'RangeError', message: 'on purpose' });
    expect(watcher.events[1]?.[1]).toBe(1);
  });

  it('makes an error of what is thrown and none', async () => {
    const { watcher } = start({ task: 'throw-text' });
    expect(await watcher.until('error')).toEqual(new Error('thrown: only a text'));
    await watcher.until('exit');
  });

  it('ends a thread that needs more heap than it may have, and no other', async () => {
    const { watcher } = start({ task: 'fill-heap' }, { heapMiB: 16 });
    expect(await watcher.until('error')).toMatchObject({ code: 'ERR_WORKER_OUT_OF_MEMORY' });
    await watcher.until('exit');
  });

  it('ACTORS-W1: terminates a thread in the middle of a loop', async () => {
    const shared = new SharedArrayBuffer(8);
    const { thread, watcher } = start({ task: 'spin', shared });
    const words = new Int32Array(shared);
    while (Atomics.load(words, 0) === 0) await Atomics.waitAsync(words, 0, 0).value;
    await thread.terminate();
    const stopped = Atomics.load(words, 1);
    expect(await watcher.until('exit')).toBe(1);
    expect(Atomics.load(words, 1)).toBe(stopped);
    await thread.terminate();
  });

  it('RUNTIME_THREAD_ENDED: takes no message after its exit', async () => {
    const { thread, watcher } = start({ task: 'clock' });
    await watcher.until('exit');
    expect(() => thread.post('late')).toThrow(expect.objectContaining({
      code: 'RUNTIME_THREAD_ENDED',
      message: `thread test (${thread.id}) has ended and takes no message`,
    }));
  });

  it('reports a module that is not there', async () => {
    const { watcher } = start({ task: 'clock' }, { entry: new URL('file:///absent.js') });
    expect(await watcher.until('error')).toMatchObject({ code: 'MODULE_NOT_FOUND' });
    expect(await watcher.until('exit')).toBe(1);
  });

  it('passes through what a thread prints', async () => {
    const program = fileURLToPath(new URL('print-from-thread.js', ENTRY));
    const { stdout } = await promisify(execFile)(process.execPath, [program]);
    expect(stdout).toBe('printed by a thread');
  });

  it.each<[object, string]>([
    [{ stackMiB: 0 }, 'stackMiB is 0, must be an integer 1 to 1024'],
    [{ heapMiB: 15 }, 'heapMiB is 15, must be an integer 16 to 1048576'],
    [{ stack: 1 }, 'thread (besides name, entry, data): unknown option stack'],
  ])('RUNTIME_OPTION_INVALID: %j', (options, message) => {
    expect(() => start({ task: 'clock' }, options)).toThrow(message);
  });
});

describe('ownThread', () => {
  it('RUNTIME_THREAD_ENDED: the main thread has no creator', () => {
    expect(() => ownThread()).toThrow(expect.objectContaining({ code: 'RUNTIME_THREAD_ENDED' }));
  });
});
