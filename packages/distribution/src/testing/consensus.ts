/** What every implementation of `Consensus` must do, seen through the contract alone. */
import assert from 'node:assert/strict';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';

import type { ConformanceCase } from '@ganglion/runtime/testing';

import type { Committed, Consensus } from '../contract.js';

/** An implementation under test. */
export interface ConsensusSubject {
  /** A fresh consensus that has committed nothing; the case stops it. */
  create(): Promise<Consensus>;
  /** Whether members can be added; otherwise they must be refused. */
  readonly joins: boolean;
}

/** A case with a consensus that is stopped at its end. */
function withConsensus(
  name: string,
  run: (consensus: Consensus) => Promise<void>,
  requires?: (subject: ConsensusSubject) => boolean,
): ConformanceCase<ConsensusSubject> {
  return {
    name,
    ...(requires === undefined ? {} : { requires }),
    run: async (subject) => {
      const consensus = await subject.create();
      try {
        await run(consensus);
      } finally {
        await consensus.stop();
      }
    },
  };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = ({ index, command }: Committed): string => (
  `${index}:${new TextDecoder().decode(command)}`
);

async function take(consensus: Consensus, from: number, count: number): Promise<string[]> {
  const taken: string[] = [];
  for await (const committed of consensus.committed(from)) {
    taken.push(text(committed));
    if (taken.length === count) break;
  }
  return taken;
}

async function proposeAll(consensus: Consensus, commands: readonly string[]): Promise<number[]> {
  return Promise.all(commands.map((command) => consensus.propose(bytes(command))));
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  const turn = eventLoopTurn(pending);
  return await Promise.race([promise.catch(() => undefined), turn]) !== pending;
}

const refusals: readonly [string, (consensus: Consensus) => Promise<unknown>][] = [
  ['propose', (consensus) => consensus.propose(bytes('late'))],
  ['read', (consensus) => consensus.read()],
  ['lease', (consensus) => consensus.lease('late')],
  ['changeMembers', (consensus) => consensus.changeMembers({ add: 'late' })],
];

const commandCases: readonly ConformanceCase<ConsensusSubject>[] = [
  withConsensus('CONSENSUS-1: propose resolves with the index of the command', async (c) => {
    const indices = await proposeAll(c, ['a', 'b', 'c']);
    assert.deepEqual(indices.toSorted((a, b) => a - b), [1, 2, 3]);
    const commands = await take(c, 1, 3);
    assert.equal(commands[(indices[1] ?? 0) - 1], `${indices[1]}:b`);
  }),
  withConsensus('CONSENSUS-1: a command is copied when it is proposed', async (consensus) => {
    const command = bytes('before');
    const index = consensus.propose(command);
    command.set(bytes('after!'));
    assert.deepEqual(await take(consensus, await index, 1), ['1:before']);
  }),
  withConsensus('CONSENSUS-1: an empty command is a command', async (consensus) => {
    assert.equal(await consensus.propose(new Uint8Array()), 1);
    assert.deepEqual(await take(consensus, 1, 1), ['1:']);
  }),
  withConsensus('CONSENSUS-2: committed yields in order without gaps from any index', async (c) => {
    await proposeAll(c, ['a', 'b', 'c', 'd']);
    assert.deepEqual((await take(c, 1, 4)).map((entry) => entry[0]), ['1', '2', '3', '4']);
    assert.deepEqual((await take(c, 3, 2)).map((entry) => entry[0]), ['3', '4']);
  }),
  withConsensus('CONSENSUS-2: committed waits for an index that is still to come', async (c) => {
    const later = take(c, 2, 1);
    await c.propose(bytes('first'));
    assert.equal(await isSettled(later), false);
    await c.propose(bytes('second'));
    assert.deepEqual(await later, ['2:second']);
  }),
  withConsensus('CONSENSUS-2: readers do not take commands from each other', async (consensus) => {
    const readers = [take(consensus, 1, 2), take(consensus, 1, 2)];
    await consensus.propose(bytes('a'));
    await consensus.propose(bytes('b'));
    assert.deepEqual(await Promise.all(readers), [['1:a', '2:b'], ['1:a', '2:b']]);
  }),
  withConsensus('CONSENSUS-2: on stop committed ends after what was committed', async (c) => {
    await proposeAll(c, ['a', 'b']);
    const reading = take(c, 1, 3);
    const waiting = take(c, 3, 1);
    await c.stop();
    assert.deepEqual((await reading).map((entry) => entry[0]), ['1', '2']);
    assert.deepEqual(await waiting, []);
  }),
  withConsensus('CONSENSUS-3: after read the status shows what was committed', async (c) => {
    const last = Math.max(...await proposeAll(c, ['a', 'b', 'c']));
    await c.read();
    assert.equal(c.status().committedIndex, last);
  }),
];

const leaseCases: readonly ConformanceCase<ConsensusSubject>[] = [
  withConsensus('CONSENSUS-4: a lease that is held is waited for', async (consensus) => {
    const first = await consensus.lease('singleton');
    const second = consensus.lease('singleton');
    assert.equal(await isSettled(second), false);
    await first.release();
    assert.ok((await second).epoch > first.epoch);
  }),
  withConsensus('CONSENSUS-4: waiters hold in the order of their calls', async (consensus) => {
    const order: string[] = [];
    const hold = async (who: string): Promise<void> => {
      const lease = await consensus.lease('singleton');
      order.push(who);
      await lease.release();
    };
    await Promise.all([hold('first'), hold('second'), hold('third')]);
    assert.deepEqual(order, ['first', 'second', 'third']);
  }),
  withConsensus('CONSENSUS-4: releasing twice frees the name once', async (consensus) => {
    const first = await consensus.lease('singleton');
    const second = consensus.lease('singleton');
    await first.release();
    await first.release();
    await second;
    assert.equal(await isSettled(consensus.lease('singleton').catch(() => undefined)), false);
  }),
  withConsensus('CONSENSUS-4: names do not wait for each other', async (consensus) => {
    const held = await Promise.all([consensus.lease('a'), consensus.lease('b')]);
    assert.deepEqual(held.map((lease) => lease.name), ['a', 'b']);
  }),
  withConsensus('CONSENSUS-4: a name that was free again has a higher epoch', async (consensus) => {
    const first = await consensus.lease('singleton');
    await first.release();
    const second = await consensus.lease('singleton');
    assert.ok(second.epoch > first.epoch, `${second.epoch} > ${first.epoch}`);
  }),
  withConsensus('CONSENSUS-5: stop refuses those that wait for a lease', async (consensus) => {
    await consensus.lease('singleton');
    const waiting = consensus.lease('singleton');
    const refused = assert.rejects(waiting, { code: 'DISTRIBUTION_STOPPED' });
    await consensus.stop();
    await refused;
  }),
];

const memberCases: readonly ConformanceCase<ConsensusSubject>[] = [
  withConsensus('CLUSTER-C1: without joins a member is refused in one sentence', async (c) => {
    const before = c.members();
    await assert.rejects(c.changeMembers({ add: 'stranger' }), (error: Error) => {
      assert.equal((error as Error & { code: string }).code, 'DISTRIBUTION_JOIN_REFUSED');
      assert.match(error.message, /stranger/);
      assert.equal(error.message.includes('\n'), false);
      return true;
    });
    assert.deepEqual(c.members(), before);
  }, (subject) => !subject.joins),
  withConsensus('CLUSTER-C7: a founded group has a leader among its members', async (consensus) => {
    await consensus.read();
    const { leader } = consensus.status();
    assert.ok(leader !== undefined && consensus.members().includes(leader), String(leader));
  }),
  withConsensus('CONSENSUS-5: stopping twice is allowed', async (consensus) => {
    await consensus.stop();
    await consensus.stop();
  }),
  ...refusals.map(([method, call]) => (
    withConsensus(`CONSENSUS-5: after stop ${method} is refused`, async (consensus) => {
      await consensus.stop();
      await assert.rejects(call(consensus), { code: 'DISTRIBUTION_STOPPED' });
    })
  )),
];

/** The conformance kit of `Consensus`. */
export const consensusConformance: readonly ConformanceCase<ConsensusSubject>[] = [
  ...commandCases, ...leaseCases, ...memberCases,
];
