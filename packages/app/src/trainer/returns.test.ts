import { virtualTime } from '@ganglion/runtime/testing';
import { beforeEach, describe, expect, it } from 'vitest';

import type { RunEvent } from '../contract.js';
import { Returns, WATCH_LIMIT_MS } from './returns.js';

const CHILD = 'Model/layers/linear-0';

let time: ReturnType<typeof virtualTime>;
let told: string[];
let returns: Returns;

beforeEach(() => {
  time = virtualTime();
  told = [];
  const onEvent = (event: RunEvent): void => {
    if (event.kind === 'restart') told.push(`restart ${event.report.child}`);
    if (event.kind === 'back') told.push(`back ${event.incarnation} after ${event.downMs} ms`);
  };
  returns = new Returns({ clock: time.clock, timers: time.timers, observer: { onEvent } });
});

function restart(child = CHILD, reason = 'killed'): void {
  returns.restarted({ child, reason, text: '', restarts: 1, delayMs: 0 });
}

/** True when the watch has ended. */
function watch(actor: { readonly incarnation: number }): () => boolean {
  let ended = false;
  void returns.watch(CHILD, actor, actor.incarnation).then(() => {
    ended = true;
  });
  return () => ended;
}

describe('returns of killed actors', () => {
  it('RETURNS-1: are told after the restart, also where they are seen before it', async () => {
    const actor = { incarnation: 1 };
    const ended = watch(actor);
    await time.run(4);
    actor.incarnation = 2;
    await time.run(30);
    expect(told).toEqual([]);
    restart();
    await time.run(1);
    expect(told).toEqual([`restart ${CHILD}`, 'back 2 after 4.5 ms']);
    expect(ended()).toBe(true);
  });

  it('RETURNS-1: are told at once where the restart was told before', async () => {
    const actor = { incarnation: 1 };
    const ended = watch(actor);
    restart();
    await time.run(5);
    expect(told).toEqual([`restart ${CHILD}`]);
    actor.incarnation = 2;
    await time.run(1);
    expect(told[1]).toMatch(/^back 2 /);
    expect(ended()).toBe(true);
  });

  it('RETURNS-1: the second is not told after the first restart alone', async () => {
    const actor = { incarnation: 1 };
    watch(actor);
    actor.incarnation = 2;
    await time.run(1);
    const ended = watch(actor);
    actor.incarnation = 3;
    await time.run(1);
    restart();
    await time.run(1);
    expect(told.map((text) => text.split(' after')[0])).toEqual([`restart ${CHILD}`, 'back 2']);
    restart();
    await time.run(1);
    expect(told.map((text) => text.split(' ')[0])).toEqual(['restart', 'back', 'restart', 'back']);
    expect(ended()).toBe(true);
  });

  it('RETURNS-1: a restart of a supervisor above is one of the actor', async () => {
    const actor = { incarnation: 1 };
    watch(actor);
    actor.incarnation = 2;
    for (const other of ['Model/layers/linear-00', 'Model/layers/linear', 'Model/opt', 'Mode']) {
      restart(other);
    }
    await time.run(1);
    expect(told).toHaveLength(4);
    restart('Model/layers');
    await time.run(1);
    expect(told[5]).toMatch(/^back 2 /);
  });

  it('RETURNS-1: an attempt that follows a failed start is not a restart more', async () => {
    const actor = { incarnation: 1 };
    watch(actor);
    restart();
    restart(CHILD, 'startFailed');
    actor.incarnation = 2;
    await time.run(1);
    const ended = watch(actor);
    actor.incarnation = 3;
    await time.run(1);
    expect(told).toHaveLength(3);
    expect(ended()).toBe(false);
    restart();
    await time.run(1);
    expect(told[4]).toMatch(/^back 3 /);
  });

  it('RETURNS-2: are told though their restart never is', async () => {
    const actor = { incarnation: 1 };
    const ended = watch(actor);
    await time.run(2);
    actor.incarnation = 2;
    await time.run(WATCH_LIMIT_MS - 3);
    expect([told, ended()]).toEqual([[], false]);
    await time.run(1);
    expect([told, ended()]).toEqual([['back 2 after 2.5 ms'], true]);
  });

  it('are not told where there is none', async () => {
    const ended = watch({ incarnation: 1 });
    restart();
    await time.run(WATCH_LIMIT_MS - 1);
    expect(ended()).toBe(false);
    await time.run(1);
    expect([told, ended()]).toEqual([[`restart ${CHILD}`], true]);
  });

  it('end with the run and leave no timer', async () => {
    const actor = { incarnation: 1 };
    const ended = [watch(actor), watch({ incarnation: 1 })];
    actor.incarnation = 2;
    await time.run(1);
    returns.end();
    await time.run(1);
    expect(ended.map((isEnded) => isEnded())).toEqual([true, true]);
    expect(told.map((text) => text.split(' after')[0])).toEqual(['back 2']);
    expect(time.pending).toBe(0);
  });
});
