import { describe, expect, it } from 'vitest';

import { memoryStorage } from '@ganglion/runtime';
import type { Storage } from '@ganglion/runtime';

import type { Committed, Consensus } from '../contract.js';
import { single } from './single.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function proposeAll(consensus: Consensus, commands: readonly string[]): Promise<void> {
  for (const command of commands) await consensus.propose(bytes(command));
}

/** Everything that is committed from `from` on, once the consensus is stopped. */
async function readAll(consensus: Consensus, from: number): Promise<string[]> {
  const reading = (async () => {
    const found: string[] = [];
    for await (const { index, command } of consensus.committed(from)) {
      found.push(`${index}:${new TextDecoder().decode(command)}`);
    }
    return found;
  })();
  await consensus.stop();
  return reading;
}

describe('single', () => {
  it('CLUSTER-C1: is the leader and only member of its group, and refuses a join', async () => {
    const consensus = single({ id: 'laptop' });
    expect(consensus.name).toBe('single');
    expect(consensus.members()).toEqual(['laptop']);
    expect(consensus.status()).toEqual({ role: 'leader', leader: 'laptop', committedIndex: 0 });
    await expect(consensus.changeMembers({ add: 'other' })).rejects.toMatchObject({
      code: 'DISTRIBUTION_JOIN_REFUSED',
      message: 'cannot add other: single() has one member, laptop, for good',
    });
    await expect(consensus.changeMembers({ remove: 'laptop' })).rejects.toMatchObject({
      message: 'cannot remove laptop: single() has one member, laptop, for good',
    });
  });

  it('DISTRIBUTION_COMPACTED: keeps the newest commands up to its count', async () => {
    const consensus = single({ id: 'a', retainedMax: 3 });
    await proposeAll(consensus, ['a', 'b', 'c', 'd', 'e', 'f', 'g']);
    const compacted = consensus.committed(4)[Symbol.asyncIterator]();
    await expect(compacted.next()).rejects.toMatchObject({
      code: 'DISTRIBUTION_COMPACTED',
      message: 'command 4 is no longer retained, the oldest is 5',
    });
    expect(await readAll(consensus, 5)).toEqual(['5:e', '6:f', '7:g']);
    expect(consensus.status().committedIndex).toBe(7);
  });

  it('DISTRIBUTION_COMPACTED: keeps the newest commands up to their bytes', async () => {
    const consensus = single({ id: 'a', commandBytesMax: 4, retainedBytesMax: 9 });
    await proposeAll(consensus, ['1111', '2222', '3', '4444']);
    const compacted = consensus.committed(1)[Symbol.asyncIterator]();
    await expect(compacted.next()).rejects.toMatchObject({ code: 'DISTRIBUTION_COMPACTED' });
    expect(await readAll(consensus, 2)).toEqual(['2:2222', '3:3', '4:4444']);
  });

  it('DISTRIBUTION_COMPACTED: a reader that is overtaken is told', async () => {
    const consensus = single({ id: 'a', retainedMax: 2 });
    await proposeAll(consensus, ['a']);
    const slow = consensus.committed(1)[Symbol.asyncIterator]();
    expect(((await slow.next()).value as Committed).index).toBe(1);
    await proposeAll(consensus, ['b', 'c', 'd']);
    await expect(slow.next()).rejects.toMatchObject({ code: 'DISTRIBUTION_COMPACTED' });
  });

  it('keeps what it retains in order over many more commands', async () => {
    const consensus = single({ id: 'a', retainedMax: 10 });
    const commands = Array.from({ length: 1_000 }, (_, index) => `${index + 1}`);
    await proposeAll(consensus, commands);
    expect(await readAll(consensus, 991))
      .toEqual(commands.slice(990).map((command) => `${command}:${command}`));
  });

  it('DISTRIBUTION_COMMAND_TOO_LARGE: refuses and commits nothing', async () => {
    const consensus = single({ id: 'a', commandBytesMax: 4, retainedBytesMax: 4 });
    expect(await consensus.propose(bytes('1234'))).toBe(1);
    await expect(consensus.propose(bytes('12345'))).rejects.toMatchObject({
      code: 'DISTRIBUTION_COMMAND_TOO_LARGE',
      message: 'the command has 5 bytes, the limit is 4',
    });
    expect(consensus.status().committedIndex).toBe(1);
  });

  it.each([0, -1, 1.5])('refuses to read from index %d', (from) => {
    expect(() => single({ id: 'a' }).committed(from)).toThrow(`from is ${from}`);
  });

  it.each<[object, string]>([
    [{ id: '' }, 'id has 0 characters, must have 1 to 128'],
    [{ retainedMax: 0 }, 'retainedMax is 0, must be an integer 1 to 16777216'],
    [{ commandBytesMax: 2 ** 31 }, 'commandBytesMax is 2147483648, must be an integer 1 to'],
    [{ retainedBytesMax: 10 }, 'retainedBytesMax is 10, must be an integer 1048576 to'],
    [{ leaseWaitersMax: -1 }, 'leaseWaitersMax is -1, must be an integer 0 to 1048576'],
    [{ retained: 1 }, 'single: unknown option retained; known are id, storage, retainedMax'],
  ])('DISTRIBUTION_OPTION_INVALID: %j', (options, message) => {
    expect(() => single({ id: 'a', ...options })).toThrow(expect.objectContaining({
      code: 'DISTRIBUTION_OPTION_INVALID', message: expect.stringContaining(message) as string,
    }));
  });
});

describe('leases of single', () => {
  it('CLUSTER-C6: epochs rise across restarts, also after a crash', async () => {
    const storage = memoryStorage();
    const epochs: number[] = [];
    for (let start = 0; start < 3; start += 1) {
      // Not stopped: the process is gone before it could.
      const consensus = single({ id: 'a', storage });
      for (let count = 0; count < 3; count += 1) {
        const lease = await consensus.lease('singleton');
        epochs.push(lease.epoch);
        await lease.release();
      }
    }
    expect(epochs).toEqual(epochs.toSorted((a, b) => a - b));
    expect(new Set(epochs).size).toBe(9);
  });

  it('CLUSTER-C6: epochs go on when a block of them is used up', async () => {
    const consensus = single({ id: 'a', storage: memoryStorage() });
    const leases = await Promise.all(Array.from({ length: 2_000 }, (_, index) => (
      consensus.lease(`name ${index}`)
    )));
    expect(new Set(leases.map((lease) => lease.epoch)).size).toBe(2_000);
  });

  it('DISTRIBUTION_LEASE_CORRUPT: a storage whose epoch file is something else', async () => {
    const storage = memoryStorage();
    await storage.replace('single/epoch', bytes('not a number'));
    await expect(single({ id: 'a', storage }).lease('x')).rejects.toMatchObject({
      code: 'DISTRIBUTION_LEASE_CORRUPT',
      message: 'single/epoch does not hold an epoch; the storage belongs to another use',
    });
  });

  it('a lease that fails for its storage leaves the name free', async () => {
    const working = memoryStorage();
    let broken = true;
    const storage: Storage = {
      place: working.place,
      read: (name) => working.read(name),
      append: (name, content) => working.append(name, content),
      lock: (name) => working.lock(name),
      remove: (name) => working.remove(name),
      list: (prefix) => working.list(prefix),
      openLog: (name) => working.openLog(name),
      replace: async (name, content) => {
        if (broken) throw new Error('disk full');
        return working.replace(name, content);
      },
    };
    const consensus = single({ id: 'a', storage });
    const both = [consensus.lease('x'), consensus.lease('x')];
    const outcomes = await Promise.allSettled(both);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    broken = false;
    expect((await consensus.lease('x')).epoch).toBe(1);
  });

  it('DISTRIBUTION_LEASE_QUEUE_FULL: bounds those that wait for a name', async () => {
    const consensus = single({ id: 'a', leaseWaitersMax: 1 });
    const held = await consensus.lease('x');
    const waiting = consensus.lease('x');
    await expect(consensus.lease('x')).rejects.toMatchObject({
      code: 'DISTRIBUTION_LEASE_QUEUE_FULL',
      message: '1 wait for the lease x, the limit is reached',
    });
    await held.release();
    expect((await waiting).epoch).toBeGreaterThan(held.epoch);
  });

  it('releasing after stop is allowed', async () => {
    const consensus = single({ id: 'a' });
    const held = await consensus.lease('x');
    await consensus.stop();
    await held.release();
    expect(consensus.status().committedIndex).toBe(0);
  });

  it('DISTRIBUTION_STOPPED: a lease whose epoch comes too late is refused', async () => {
    const consensus = single({ id: 'a', storage: memoryStorage() });
    const late = consensus.lease('x');
    await consensus.stop();
    await expect(late).rejects.toMatchObject({ code: 'DISTRIBUTION_STOPPED' });
  });
});
