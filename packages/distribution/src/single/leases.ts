/**
 * Leases of one machine: one holder a name, the others wait in order. Epochs come from one counter
 * for all names; with a storage they are reserved there in blocks before the first of a block is
 * given, so that they rise across restarts and a block is the most that a crash skips.
 *
 * Invariants: (1) a name in `held` has exactly one holder; (2) no epoch is given twice; (3) nobody
 * waits once they are ended.
 */
import type { Storage } from '@ganglion/runtime/contract';

import type { Lease } from '../contract.js';
import { DistributionError } from '../errors.js';

const EPOCH_FILE = 'single/epoch';
const EPOCH_BLOCK = 1_024;

interface Waiter {
  readonly grant: (lease: Lease) => void;
  readonly refuse: (error: DistributionError) => void;
}

function stopped(): DistributionError {
  return new DistributionError('DISTRIBUTION_STOPPED', 'the consensus was stopped');
}

/** Epochs that rise, across restarts if there is a storage. */
class Epochs {
  readonly #storage: Storage | undefined;
  #next = 1;
  #reservedBelow = 1;
  #reserving: Promise<void> | undefined;

  constructor(storage: Storage | undefined) {
    this.#storage = storage;
  }

  async take(): Promise<number> {
    while (this.#storage !== undefined && this.#next >= this.#reservedBelow) {
      this.#reserving ??= this.#reserve(this.#storage);
      await this.#reserving;
    }
    return this.#next++;
  }

  async #reserve(storage: Storage): Promise<void> {
    try {
      const bytes = await storage.read(EPOCH_FILE);
      const first = bytes === undefined ? 1 : Number(new TextDecoder().decode(bytes));
      if (!Number.isSafeInteger(first) || first < 1) {
        const message = `${EPOCH_FILE} does not hold an epoch; the storage belongs to another use`;
        throw new DistributionError('DISTRIBUTION_LEASE_CORRUPT', message);
      }
      await storage.replace(EPOCH_FILE, new TextEncoder().encode(String(first + EPOCH_BLOCK)));
      this.#next = first;
      this.#reservedBelow = first + EPOCH_BLOCK;
    } finally {
      this.#reserving = undefined;
    }
  }
}

/** The leases of one machine. */
export class Leases {
  readonly #waitersMax: number;
  readonly #epochs: Epochs;
  readonly #held = new Map<string, Waiter[]>();
  #ended = false;

  constructor(waitersMax: number, storage: Storage | undefined) {
    this.#waitersMax = waitersMax;
    this.#epochs = new Epochs(storage);
  }

  async acquire(name: string): Promise<Lease> {
    const waiters = this.#held.get(name);
    if (waiters === undefined) {
      this.#held.set(name, []);
      return this.#hold(name);
    }
    if (waiters.length >= this.#waitersMax) {
      const message = `${waiters.length} wait for the lease ${name}, the limit is reached`;
      throw new DistributionError('DISTRIBUTION_LEASE_QUEUE_FULL', message);
    }
    return new Promise((grant, refuse) => waiters.push({ grant, refuse }));
  }

  end(): void {
    this.#ended = true;
    for (const waiters of this.#held.values()) {
      for (const waiter of waiters.splice(0)) waiter.refuse(stopped());
    }
    this.#held.clear();
  }

  /** Makes the lease of a name that is held; passes the name on if there is no epoch for it. */
  async #hold(name: string): Promise<Lease> {
    let epoch: number;
    try {
      epoch = await this.#epochs.take();
    } catch (error) {
      this.#passOn(name);
      throw error;
    }
    if (this.#ended) throw stopped();
    let released = false;
    return {
      name,
      epoch,
      release: async () => {
        if (released) return;
        released = true;
        this.#passOn(name);
      },
    };
  }

  #passOn(name: string): void {
    const next = this.#held.get(name)?.shift();
    if (next === undefined) this.#held.delete(name);
    else this.#hold(name).then(next.grant, next.refuse);
  }
}
