/**
 * Consensus of one machine: what is proposed is committed, in memory, without a log (CLUSTER-C1).
 * What must survive a restart is written by whoever reads `committed`, as a checkpoint is.
 */
import assert from 'node:assert/strict';

import type {
  Committed, Consensus, ConsensusStatus, Lease, MemberChange,
} from '../contract.js';
import { DistributionError } from '../errors.js';
import { History } from './history.js';
import { Leases } from './leases.js';
import { resolveSingleOptions } from './options.js';
import type { ResolvedSingleOptions, SingleOptions } from './options.js';

class Single implements Consensus {
  readonly name = 'single';
  readonly #options: ResolvedSingleOptions;
  readonly #history: History;
  readonly #leases: Leases;
  #stopped = false;

  constructor(options: ResolvedSingleOptions) {
    this.#options = options;
    this.#history = new History(options);
    this.#leases = new Leases(options.leaseWaitersMax, options.storage);
  }

  async propose(command: Uint8Array): Promise<number> {
    this.#requireRunning();
    const limit = this.#options.commandBytesMax;
    if (command.length > limit) {
      const message = `the command has ${command.length} bytes, the limit is ${limit}`;
      throw new DistributionError('DISTRIBUTION_COMMAND_TOO_LARGE', message);
    }
    return this.#history.append(command);
  }

  async read(): Promise<void> {
    this.#requireRunning();
  }

  committed(from: number): AsyncIterable<Committed> {
    assert(Number.isInteger(from) && from >= 1, `from is ${from}, indices count from 1`);
    return this.#history.readFrom(from);
  }

  async lease(name: string): Promise<Lease> {
    this.#requireRunning();
    return this.#leases.acquire(name);
  }

  members(): readonly string[] {
    return [this.#options.id];
  }

  async changeMembers(change: MemberChange): Promise<void> {
    this.#requireRunning();
    const what = 'add' in change ? `add ${change.add}` : `remove ${change.remove}`;
    const message = `cannot ${what}: single() has one member, ${this.#options.id}, for good`;
    throw new DistributionError('DISTRIBUTION_JOIN_REFUSED', message);
  }

  status(): ConsensusStatus {
    return {
      role: 'leader',
      leader: this.#options.id,
      committedIndex: this.#history.length,
    };
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#history.end();
    this.#leases.end();
  }

  #requireRunning(): void {
    if (!this.#stopped) return;
    throw new DistributionError('DISTRIBUTION_STOPPED', 'the consensus was stopped');
  }
}

/**
 * Consensus for one machine.
 * @throws DistributionError DISTRIBUTION_OPTION_INVALID
 */
export function single(options: SingleOptions): Consensus {
  return new Single(resolveSingleOptions(options));
}
