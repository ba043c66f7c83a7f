import { expect, test } from 'vitest';
import { ActorsError } from '../errors.js';
import { MAX_PENDING_ASKS } from '../limits.js';
import type { TreeRequest } from '../protocol.js';
import { TreeRequests } from './requests.js';

const ROOT = { low: 1, high: 0 };
const WHICH = { kind: 'whichChildren' } as const;

test('requests of a microtask go together, and each gets its own answer', async () => {
  const posted: (readonly TreeRequest[])[] = [];
  const requests = new TreeRequests((batch) => posted.push(batch));
  const first = requests.command(ROOT, [], WHICH);
  const second = requests.command(ROOT, ['g'], WHICH);
  expect(posted).toEqual([]);
  await Promise.resolve();
  expect(posted.map((batch) => batch.map(({ request }) => request))).toEqual([[1, 2]]);
  requests.settle({
    kind: 'refused',
    request: 2,
    code: 'ACTORS_SUPERVISOR_DOWN',
    text: 'Chat/g does not run: it is down',
  });
  requests.settle({ kind: 'done', request: 1, result: [] });
  expect(await first).toEqual([]);
  await expect(second).rejects.toThrow(
    expect.objectContaining({
      code: 'ACTORS_SUPERVISOR_DOWN',
      message: 'Chat/g does not run: it is down',
    }),
  );
});

test('ACTORS_ASK_LIMIT: requests that wait are bounded; all end with the system', async () => {
  const requests = new TreeRequests(() => undefined);
  const waiting = Array.from({ length: MAX_PENDING_ASKS }, () => requests.command(ROOT, [], WHICH));
  await expect(requests.command(ROOT, [], WHICH)).rejects.toThrow(
    expect.objectContaining({ code: 'ACTORS_ASK_LIMIT' }),
  );
  requests.failAll(() => new ActorsError('ACTORS_SYSTEM_STOPPED', 'the system was stopped'));
  const ended = await Promise.allSettled(waiting);
  expect(ended.filter(({ status }) => status === 'rejected').length).toBe(MAX_PENDING_ASKS);
});
