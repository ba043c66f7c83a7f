import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeEach, describe, expect, test } from 'vitest';
import { absenceOf, PINNING_ABSENT } from './fixtures/absence.js';
import { reluWords, squareWords } from './fixtures/words.js';
import { native, tryNative } from './index.js';

const absent = absenceOf(tryNative());
beforeEach(({ skip }) => skip(absent !== undefined, absent));

/** Arenas stay registered until the thread ends, so every test takes a number of its own. */
let arenas = 0;

function arenaOf(floats: readonly number[]): { id: number; memory: Float32Array } {
  const memory = new Float32Array(new SharedArrayBuffer(floats.length * 4));
  memory.set(floats);
  const id = arenas++;
  native().kernels.registerArena(id, new Uint8Array(memory.buffer));
  return { id, memory };
}

function thrownBy(call: () => void): { name: string; code: unknown; message: string } {
  try {
    call();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { name: error.name, code: 'code' in error && error.code, message: error.message };
  }
  throw new Error('nothing was thrown');
}

describe('run', () => {
  test('runs a program in its arena', () => {
    const { id, memory } = arenaOf([1, -2, 3, 0, 0, 0]);
    const words = reluWords({ arena: id, offset: 0 }, { arena: id, offset: 12 }, 3);
    native().kernels.run(words, words.length);
    expect(Array.from(memory)).toEqual([1, -2, 3, 1, 0, 3]);
  });

  test('takes words from shared memory, and only as many as it is told', () => {
    const { id, memory } = arenaOf([-1, 7]);
    const words = reluWords({ arena: id, offset: 0 }, { arena: id, offset: 4 }, 1);
    const shared = new Int32Array(new SharedArrayBuffer(words.byteLength + 64));
    shared.set(words);
    native().kernels.run(shared, words.length);
    expect(Array.from(memory)).toEqual([-1, 0]);
  });

  test('PROGRAM-2: a value outside its arena is refused and nothing is written', () => {
    const { id, memory } = arenaOf([1, 2]);
    const words = reluWords({ arena: id, offset: 0 }, { arena: id, offset: 8 }, 1);
    expect(thrownBy(() => native().kernels.run(words, words.length))).toEqual({
      name: 'RangeError',
      code: 'NATIVE_PROGRAM_MALFORMED',
      message: `value 1: bytes 8 to 12 of arena ${id}, which has 8`,
    });
    expect(Array.from(memory)).toEqual([1, 2]);
  });

  test('reaches memory from 2 GiB on', () => {
    const beyond = 2 ** 31;
    const { id, memory } = arenaOf([-3, 4]);
    const large = arenas++;
    const bytes = new SharedArrayBuffer(beyond + 64);
    native().kernels.registerArena(large, new Uint8Array(bytes));
    const words = reluWords({ arena: id, offset: 4 }, { arena: large, offset: beyond + 8 }, 1);
    native().kernels.run(words, words.length);
    expect(new Float32Array(bytes, beyond, 4)[2]).toBe(4);
    expect(Array.from(memory)).toEqual([-3, 4]);
  });

  test('a length beyond the array, or none, is refused', () => {
    const words = new Int32Array(8);
    const { run } = native().kernels;
    const codes = [9, -1, Number.NaN].map((length) => thrownBy(() => run(words, length)).code);
    expect(codes).toEqual(Array.from({ length: 3 }, () => 'NATIVE_PROGRAM_MALFORMED'));
    expect(thrownBy(() => run(words, 0)).message).toBe(
      'a program of 0 words, limits are 8 and 4194304',
    );
  });

  test('other arguments are a TypeError', () => {
    const run = native().kernels.run as (...values: unknown[]) => void;
    const calls = [[], [new Int32Array(8)], [new Float32Array(8), 8], ['words', 8], [{}, 8]];
    const found = calls.map((values) => thrownBy(() => run(...values)));
    expect(found.map(({ name, code }) => `${name} ${String(code)}`)).toEqual(
      calls.map(() => 'TypeError NATIVE_ARGUMENT_INVALID'),
    );
  });
});

describe('registerArena', () => {
  test('the same memory may be registered again, other memory may not', () => {
    const { id, memory } = arenaOf([1, 2]);
    const { registerArena } = native().kernels;
    registerArena(id, new Uint8Array(memory.buffer));
    expect(thrownBy(() => registerArena(id, new Uint8Array(new SharedArrayBuffer(8))))).toEqual({
      name: 'RangeError',
      code: 'NATIVE_ARENA_INVALID',
      message: 'this arena id is registered with other memory',
    });
  });

  test.each([-1, 64, 0.5, Number.NaN])('number %s is refused', (id) => {
    const { registerArena } = native().kernels;
    const bytes = new Uint8Array(new SharedArrayBuffer(8));
    expect(thrownBy(() => registerArena(id, bytes)).code).toBe('NATIVE_ARENA_INVALID');
  });

  test('memory that could be detached is refused', () => {
    const { registerArena } = native().kernels;
    const { name, code } = thrownBy(() => registerArena(60, new Uint8Array(8)));
    expect(`${name} ${String(code)}`).toBe('TypeError NATIVE_ARENA_INVALID');
  });

  test('gc-pressure: an arena lives on while nothing but its registration holds it', () => {
    const id = arenas++;
    const floats = 4 * 1024 * 1024;
    registerZeros(id, floats * 4);
    collectGarbage();
    const first = { arena: id, offset: 0 };
    const second = { arena: id, offset: (floats / 2) * 4 };
    const words = reluWords(first, second, floats / 2);
    native().kernels.run(words, words.length);
    const { id: result, memory } = arenaOf([-1]);
    const end = { arena: id, offset: (floats - 1) * 4 };
    const last = reluWords(end, { arena: result, offset: 0 }, 1);
    native().kernels.run(last, last.length);
    expect(Array.from(memory)).toEqual([0]);
  });
});

/** In a function of its own, so that no frame of the test holds the memory. */
function registerZeros(id: number, sizeBytes: number): void {
  native().kernels.registerArena(id, new Uint8Array(new SharedArrayBuffer(sizeBytes)));
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
}

describe('forceLevel', () => {
  test('starts at the best level and names those that it knows', () => {
    const { kernels } = native();
    expect(kernels.level).toBe(kernels.levels[0]);
    expect(thrownBy(() => kernels.forceLevel('mmx'))).toEqual({
      name: 'RangeError',
      code: 'NATIVE_LEVEL_UNKNOWN',
      message: `level mmx does not run here, known are ${kernels.levels.join(' ')}`,
    });
    expect(kernels.level).toBe(kernels.levels[0]);
  });

  test('NUMERICS-N1: every level gives the bits of every other', () => {
    const { kernels } = native();
    const size = 37;
    const count = size * size;
    const { id, memory } = arenaOf(
      Array.from({ length: 3 * count }, (_, i) => Math.fround(Math.sin(i + 1))),
    );
    const [a, b, out] = [0, 4 * count, 8 * count].map((offset) => ({ arena: id, offset }));
    if (a === undefined || b === undefined || out === undefined) throw new Error('three places');
    const words = squareWords(a, b, out, size);
    const products = kernels.levels.map((level) => {
      kernels.forceLevel(level);
      expect(kernels.level).toBe(level);
      memory.fill(0, 2 * count);
      kernels.run(words, words.length);
      return Array.from(new Int32Array(memory.buffer, 8 * count, count));
    });
    kernels.forceLevel(kernels.levels[0] ?? 'scalar');
    for (const product of products) expect(product).toEqual(products[0]);
    expect(new Set(products[0]).size).toBeGreaterThan(count / 2);
  });
});

describe('setThreads', () => {
  test('KERNELS-H1, NUMERICS-N6: every number of threads gives the bits of one', () => {
    const { kernels } = native();
    const size = 200;
    const count = size * size;
    const { id, memory } = arenaOf(
      Array.from({ length: 3 * count }, (_, i) => Math.fround(Math.sin(i + 1))),
    );
    const [a, b, out] = [0, 4 * count, 8 * count].map((offset) => ({ arena: id, offset }));
    if (a === undefined || b === undefined || out === undefined) throw new Error('three places');
    const words = squareWords(a, b, out, size);
    const products = [1, 2, 3, 1].map((threads) => {
      kernels.setThreads(threads, true);
      memory.fill(0, 2 * count);
      kernels.run(words, words.length);
      return Array.from(new Int32Array(memory.buffer, 8 * count, count));
    });
    for (const product of products) expect(product).toEqual(products[0]);
    expect(new Set(products[0]).size).toBeGreaterThan(count / 2);
  });

  test.each([0, -1, 1.5, 257, Number.NaN])('%s threads are refused', (threads) => {
    expect(thrownBy(() => native().kernels.setThreads(threads, true))).toEqual({
      name: 'RangeError',
      code: 'NATIVE_THREADS_INVALID',
      message: 'threads is an integer from 1 to 256',
    });
  });

  test('more threads than CPUs are refused unless that is wanted', () => {
    const { kernels } = native();
    const cpus = availableParallelism();
    expect(thrownBy(() => kernels.setThreads(cpus + 1, false))).toEqual({
      name: 'RangeError',
      code: 'NATIVE_THREADS_INVALID',
      message: `${cpus + 1} threads are more than the ${cpus} CPUs of this machine: ` +
        'oversubscribe allows it',
    });
    kernels.setThreads(cpus, false);
    kernels.setThreads(1, false);
  });
});

describe('GANGLION_CPU_LEVEL', () => {
  test('names the level to start with', () => {
    const { levels } = native({}).kernels;
    for (const level of levels.toReversed()) {
      expect(native({ GANGLION_CPU_LEVEL: level }).kernels.level).toBe(level);
    }
    expect(native({ GANGLION_CPU_LEVEL: '' }).kernels.level).toBe(levels[0]);
  });

  test('a level that this machine cannot run is an error that names it', () => {
    const { levels } = native({}).kernels;
    expect(thrownBy(() => native({ GANGLION_CPU_LEVEL: 'mmx' }))).toEqual({
      name: 'NativeError',
      code: 'NATIVE_LEVEL_UNKNOWN',
      message: `GANGLION_CPU_LEVEL is 'mmx', this machine runs ${levels.join(', ')}`,
    });
  });
});

describe('pinThread', () => {
  beforeEach(({ skip }) => skip(process.platform !== 'linux', PINNING_ABSENT));

  test.each([-1, 0.5, 1_000_000, 4095])('CPU %s is refused', (cpu) => {
    const found = thrownBy(() => native().pinning.pinThread(cpu));
    expect(found).toEqual({
      name: 'Error',
      code: 'NATIVE_PIN_FAILED',
      message: `the system does not pin this thread to CPU ${cpu === 1_000_000 ? '1e+06' : cpu}` +
        ': Invalid argument',
    });
  });
});
