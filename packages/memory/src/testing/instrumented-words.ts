/**
 * Words of which every access can be seen: code that indexes an Int32Array and calls the global
 * Atomics runs on them unchanged.
 *
 * Owns the stand-in for the array and, while `withInstrumentedAtomics` runs, the global Atomics.
 * Shipped code has no seam for this and pays nothing for it. Does not own the meaning of an access:
 * the `WordAccess` it is given does.
 */
import assert from 'node:assert/strict';

/** What one access does. `plain` accesses are indexing; all others are calls of Atomics. */
export interface Access {
  readonly plain: boolean;
  readonly operation: string;
  readonly word: number;
  /** The value that the word gets, from the one that it has; absent for a load. */
  readonly write?: (old: number) => number;
}

/** Carries out an access and returns the word's value before it. */
export type WordAccess = (access: Access) => number;

const targets = new WeakMap<object, WordAccess>();
const realAtomics = Atomics;

/** A stand-in for `like`: its length and offset, and accesses that go to `access`. */
export function instrumentWords(like: Int32Array, access: WordAccess): Int32Array {
  const words = new Proxy(like, {
    get(_target, key): unknown {
      const word = wordOf(key);
      if (word >= 0) return access({ plain: true, operation: 'read', word });
      if (key === 'length' || key === 'byteOffset') return like[key];
      return assert.fail(`instrumented words have no ${String(key)}`);
    },
    set(_target, key, value: number): boolean {
      const word = wordOf(key);
      assert.ok(word >= 0, `instrumented words have no ${String(key)}`);
      access({ plain: true, operation: 'write', word, write: () => value | 0 });
      return true;
    },
  });
  targets.set(words, access);
  return words;
}

/**
 * The same words, with plain writes that `drop` answers true to left out: for showing that an
 * exploration fails without them.
 */
export function withoutWrites(
  words: Int32Array, drop: (word: number, value: number) => boolean,
): Int32Array {
  const access = accessOf(words);
  return instrumentWords(words, (one) => {
    const dropped = one.plain && one.write !== undefined && drop(one.word, one.write(0));
    return dropped ? 0 : access(one);
  });
}

function wordOf(key: string | symbol): number {
  if (typeof key === 'symbol') return -1;
  const word = Number(key);
  return Number.isInteger(word) ? word : -1;
}

type Words = Int32Array;

function accessOf(words: Words): WordAccess {
  const access = targets.get(words);
  assert.ok(access !== undefined, 'Atomics inside an exploration are on its words');
  return access;
}

function update(
  operation: string, compute: (old: number, value: number) => number,
): (words: Words, word: number, value: number) => number {
  return (words, word, value) => {
    const write = (old: number): number => compute(old, value | 0) | 0;
    return accessOf(words)({ plain: false, operation, word, write });
  };
}

const exchange = update('exchange', (_old, value) => value);
const store = update('store', (_old, value) => value);

/**
 * Stands in for the global Atomics. Blocking waits are left out: lock-free code does not wait. A
 * `waitAsync` that finds its value never settles, so that whoever awaits it stands still for the
 * rest of the schedule.
 */
const instrumentedAtomics = {
  add: update('add', (old, value) => old + value),
  sub: update('sub', (old, value) => old - value),
  and: update('and', (old, value) => old & value),
  or: update('or', (old, value) => old | value),
  xor: update('xor', (old, value) => old ^ value),
  exchange,
  store(words: Words, word: number, value: number): number {
    store(words, word, value);
    return value;
  },
  load(words: Words, word: number): number {
    return accessOf(words)({ plain: false, operation: 'load', word });
  },
  compareExchange(words: Words, word: number, expected: number, value: number): number {
    return accessOf(words)({
      plain: false, operation: 'compareExchange', word,
      write: (old) => (old === (expected | 0) ? value | 0 : old),
    });
  },
  waitAsync(words: Words, word: number, expected: number): object {
    const seen = accessOf(words)({ plain: false, operation: 'waitAsync', word });
    return seen === expected
      ? { async: true, value: new Promise(() => undefined) }
      : { async: false, value: 'not-equal' };
  },
  notify: (): number => 0,
  isLockFree: (bytes: number): boolean => realAtomics.isLockFree(bytes),
};

/**
 * Runs `run` with the global Atomics replaced; if it returns a promise, until that is settled, and
 * nothing else may use Atomics on ordinary memory meanwhile.
 */
export function withInstrumentedAtomics<T>(run: () => T): T {
  const outer: unknown = Reflect.get(globalThis, 'Atomics');
  const restore = (): void => void Reflect.set(globalThis, 'Atomics', outer);
  Reflect.set(globalThis, 'Atomics', instrumentedAtomics);
  let result: T;
  try {
    result = run();
  } catch (error) {
    restore();
    throw error;
  }
  if (result instanceof Promise) return result.finally(restore) as T;
  restore();
  return result;
}
