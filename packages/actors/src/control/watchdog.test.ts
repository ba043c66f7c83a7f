import { virtualTime } from '@ganglion/runtime/testing';
import type { VirtualTime } from '@ganglion/runtime/testing';
import { expect, test } from 'vitest';
import { ThreadBlock } from '../layouts.js';
import { Watchdog } from './watchdog.js';

const { sleeping, turnSequence, turnActor } = ThreadBlock.word;
const unwatched = { seen: () => undefined, spent: () => undefined };

test('ACTORS-T3: a long turn is reported once, and its worker ended at the limit', () => {
  const time = virtualTime();
  const words = new Int32Array((2 * ThreadBlock.size) / 4);
  const log: string[] = [];
  const watchdog = new Watchdog({
    clock: time.clock,
    timers: time.timers,
    words,
    threads: 0,
    workers: 2,
    turnReportMs: 20,
    turnLimitMs: 100,
    turns: unwatched,
    onLongTurn: (worker, actor, ms) => log.push(`long ${worker} ${actor} ${ms}`),
    onStuck: (worker) => log.push(`stuck ${worker}`),
    wake: () => undefined,
  });
  words[sleeping] = 1;
  watchdog.start();
  const second = ThreadBlock.size / 4;
  words[second + turnActor] = 7;
  words[second + turnSequence] = 1;
  time.advance(30);
  expect(log).toEqual(['long 1 7 20']);
  words[second + turnSequence] = 3;
  time.advance(10);
  time.advance(90);
  expect(log).toEqual(['long 1 7 20', 'long 1 7 20']);
  time.advance(60);
  expect(log.slice(2)).toEqual(['stuck 1']);
  words[second + turnSequence] = 4;
  words[second + sleeping] = 1;
  time.advance(1_000);
  expect(log.length).toBe(3);
  watchdog.stop();
  expect(time.pending).toBe(0);
});

test('looks every 10 ms while turns run, and less often while none does', () => {
  const time = virtualTime();
  const words = new Int32Array(ThreadBlock.size / 4);
  let looks = 0;
  const clock = {
    ...time.clock,
    monotonicMs: () => {
      looks += 1;
      return time.clock.monotonicMs();
    },
  };
  const watchdog = new Watchdog({
    clock,
    timers: time.timers,
    words,
    threads: 0,
    workers: 1,
    turnReportMs: 20,
    turnLimitMs: 100,
    turns: unwatched,
    onLongTurn: () => undefined,
    onStuck: () => undefined,
    wake: () => undefined,
  });
  words[sleeping] = 1;
  watchdog.start();
  time.advance(10_000);
  expect(looks).toBeLessThan(140);
  looks = 0;
  for (let ms = 0; ms < 1_000; ms++) {
    words[turnSequence] += 2;
    time.advance(1);
  }
  expect(looks).toBeGreaterThan(80);
  watchdog.stop();
});

/** One worker, and what the watchdog says of it. */
function watched(): { time: VirtualTime; words: Int32Array; log: string[]; watchdog: Watchdog } {
  const time = virtualTime();
  const words = new Int32Array(ThreadBlock.size / 4);
  const log: string[] = [];
  const watchdog = new Watchdog({
    clock: time.clock,
    timers: time.timers,
    words,
    threads: 0,
    workers: 1,
    turnReportMs: 20,
    turnLimitMs: 100,
    turns: unwatched,
    onLongTurn: (worker, actor, ms) => log.push(`long ${worker} ${actor} ${ms}`),
    onStuck: (worker) => log.push(`stuck ${worker}`),
    wake: (worker) => log.push(`wake ${worker}`),
  });
  words[turnActor] = 7;
  return { time, words, log, watchdog };
}

test('WATCHDOG-1: a worker that stands still outside turns is reported and ended', () => {
  const { time, words, log, watchdog } = watched();
  watchdog.start();
  for (let pass = 0; pass < 50; pass++) {
    words[turnSequence] += 2;
    time.advance(10);
  }
  expect(log).toEqual([]);
  time.advance(200);
  expect(log).toEqual(['long 0 0 20', 'stuck 0']);
  watchdog.stop();
});

test('WATCHDOG-2: a worker that sleeps is woken, and ended only if it does not pass', () => {
  const { time, words, log, watchdog } = watched();
  words[sleeping] = 1;
  watchdog.start();
  time.advance(1_000);
  expect(new Set(log)).toEqual(new Set(['wake 0']));
  log.length = 0;
  // Woken long after it fell asleep: its time begins then.
  words[sleeping] = 0;
  time.advance(90);
  expect(log).not.toContain('stuck 0');
  words[turnSequence] += 2;
  words[sleeping] = 1;
  time.advance(500);
  expect(log).not.toContain('stuck 0');
  words[sleeping] = 0;
  time.advance(200);
  expect(log.slice(-2)).toEqual(['long 0 0 20', 'stuck 0']);
  watchdog.stop();
});
