import { expect, test } from 'vitest';
import { actor } from './behaviour.js';
import { group } from './group.js';
import type { ActorGroup } from './group.js';
import { reply, u32 } from './kinds.js';
import { exitSignal } from './phases.js';
import type { ActorRefObject } from './ref-object.js';
import { steppedSystem } from './testing/index.js';
import type { SteppedSystem } from './testing/index.js';

const Counter = actor('file:///counter.js', 'Counter', {
  state: { count: u32 },
  messages: { add: { by: u32 }, get: reply(u32) },
  receive: {
    add: (self, message) => {
      self.state.count += message.by;
    },
    get: (self, message) => message.reply(self.state.count),
  },
});

function counters(count: number): {
  readonly system: SteppedSystem;
  readonly all: ActorGroup<typeof Counter>;
} {
  const system = steppedSystem({ behaviours: [Counter] });
  const refs = Array.from({ length: count }, (_, n) => system.spawn(n % 2, Counter, { count: n }));
  return { system, all: group(refs) };
}

async function settled<T>(system: SteppedSystem, result: Promise<T>): Promise<T> {
  for (let round = 0; round < 10; round++) await system.settle();
  return result;
}

test('GROUP-1: a broadcast reaches every member, a gather answers by rank', async () => {
  const { system, all } = counters(5);
  expect(all.broadcast((member, rank) => member.tell.add({ by: 10 * rank }))).toEqual([]);
  expect(await settled(system, all.gather((member) => member.ask.get()))).toEqual(
    [0, 11, 22, 33, 44],
  );
  const part = all.slice(1, -1);
  const text = part.reduce((member) => member.ask.get(), (sum, count, rank) =>
    `${sum} ${rank}:${count}`, '');
  expect(await settled(system, text)).toBe(' 0:11 1:22 2:33');
});

test('GROUP-2: at most `atOnce` asks wait', async () => {
  const { system, all } = counters(5);
  let [most, waiting] = [0, 0];
  const asked = all.gather(async (member) => {
    waiting += 1;
    most = Math.max(most, waiting);
    const count = await member.ask.get();
    waiting -= 1;
    return count;
  }, { atOnce: 2 });
  expect([await settled(system, asked), most]).toEqual([[0, 1, 2, 3, 4], 2]);
});

test('a member that has ended keeps no other from a broadcast, and fails a gather', async () => {
  const { system, all } = counters(3);
  const { low, high } = all.members[1] as object as ActorRefObject;
  system.main.mail.notices.signal(low, high, exitSignal('killed'));
  await system.settle();
  const failures = all.broadcast((member) => member.tell.add({ by: 1 }));
  expect(failures.map(({ rank, error }) => [rank, error.code])).toEqual([[1, 'ACTORS_EXITED']]);
  const failed = all.gather((member) => member.ask.get()).catch((error: unknown) => error);
  expect(await settled(system, failed)).toEqual(expect.objectContaining({ code: 'ACTORS_EXITED' }));
  expect(await settled(system, all.slice(2).gather((member) => member.ask.get()))).toEqual([3]);
});

test('GROUP-2: an `ask` that throws fails a gather after the others have settled', async () => {
  const { system, all } = counters(4);
  let done = 0;
  const failed = all.gather((member, rank) => {
    if (rank === 0) throw new RangeError('no rank 0');
    return member.ask.get().then(() => { done += 1; });
  }).catch((error: unknown) => [error, done]);
  expect(await settled(system, failed)).toEqual([new RangeError('no rank 0'), 3]);
});

const refused: readonly (readonly [text: string, options: object])[] = [
  ['atOnce is 0; it must be an integer from 1 to 65536', { atOnce: 0 }],
  ['a gather has no option limit', { limit: 1 }],
];
test.each(refused)('ACTORS_OPTION_INVALID: %s', async (text, options) => {
  const { all } = counters(1);
  await expect(all.gather((member) => member.ask.get(), options)).rejects.toEqual(
    expect.objectContaining({ code: 'ACTORS_OPTION_INVALID', message: text }),
  );
});
