/**
 * Groups of actors, addressed together: plain code over references, on the thread that holds them.
 *
 * GROUP-1: results and failures are in the order of the members (rank), whatever the order of the
 *   replies; so a reduce of the same replies has the same result every time.
 * GROUP-2: of a gather at most `atOnce` asks wait at a time, and it settles when none does.
 */
import type { ActorRef } from './contract/ref.js';
import { ActorsError } from './errors.js';
import { MAX_PENDING_ASKS } from './limits.js';

/** How a group is asked. */
export interface GatherOptions {
  /** Asks that may wait at a time, 1 to 65,536. @default 256 */
  readonly atOnce?: number;
}

/** Defaults of gather and reduce. */
export const gatherDefaults: Readonly<Required<GatherOptions>> = Object.freeze({ atOnce: 256 });

/** A member that a broadcast did not reach. */
export interface BroadcastFailure {
  readonly rank: number;
  readonly error: ActorsError;
}

/** Actors in an order; the place of a member is its rank. */
export interface ActorGroup<P> {
  readonly members: readonly ActorRef<P>[];
  /** The members of ranks from `start` to before `end`, as of an array. */
  slice(start: number, end?: number): ActorGroup<P>;
  /** Sends to every member. Answers for those that refused, so that one keeps nobody from it. */
  broadcast(send: (member: ActorRef<P>, rank: number) => void): readonly BroadcastFailure[];
  /**
   * Asks every member; results are by rank. Rejects with the failure of the lowest rank, when no
   * ask waits any more. @throws ActorsError ACTORS_OPTION_INVALID
   */
  gather<T>(
    ask: (member: ActorRef<P>, rank: number) => Promise<T>,
    options?: GatherOptions,
  ): Promise<readonly T[]>;
  /** Gathers, then combines by rank, from `initial`. */
  reduce<T, R>(
    ask: (member: ActorRef<P>, rank: number) => Promise<T>,
    combine: (sum: R, result: T, rank: number) => R,
    initial: R,
    options?: GatherOptions,
  ): Promise<R>;
}

/** The members as one; a copy of the list is kept. */
export function group<P>(refs: readonly ActorRef<P>[]): ActorGroup<P> {
  const members = Object.freeze([...refs]);
  const gathered: ActorGroup<P>['gather'] = (ask, options) => gather(members, ask, options);
  return Object.freeze({
    members,
    slice: (start: number, end?: number) => group(members.slice(start, end)),
    broadcast: (send: (member: ActorRef<P>, rank: number) => void) => broadcast(members, send),
    gather: gathered,
    reduce: async <T, R>(
      ask: (member: ActorRef<P>, rank: number) => Promise<T>,
      combine: (sum: R, result: T, rank: number) => R,
      initial: R,
      options?: GatherOptions,
    ): Promise<R> => {
      let sum = initial;
      for (const [rank, result] of (await gathered(ask, options)).entries())
        sum = combine(sum, result, rank);
      return sum;
    },
  });
}

function broadcast<P>(
  members: readonly ActorRef<P>[],
  send: (member: ActorRef<P>, rank: number) => void,
): readonly BroadcastFailure[] {
  const failures: BroadcastFailure[] = [];
  for (const [rank, member] of members.entries()) {
    try {
      send(member, rank);
    } catch (error) {
      if (!(error instanceof ActorsError)) throw error;
      failures.push({ rank, error });
    }
  }
  return failures;
}

async function gather<P, T>(
  members: readonly ActorRef<P>[],
  ask: (member: ActorRef<P>, rank: number) => Promise<T>,
  options: GatherOptions = {},
): Promise<readonly T[]> {
  const { atOnce } = resolveGatherOptions(options);
  const results: PromiseSettledResult<T>[] = [];
  const waiting = members.entries();
  const lane = async (): Promise<void> => {
    for (const [rank, member] of waiting) {
      try {
        results[rank] = { status: 'fulfilled', value: await ask(member, rank) };
      } catch (reason) {
        results[rank] = { status: 'rejected', reason };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, members.length) }, lane));
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

function resolveGatherOptions(options: GatherOptions): Required<GatherOptions> {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(gatherDefaults, name));
  if (unknown !== undefined)
    throw new ActorsError('ACTORS_OPTION_INVALID', `a gather has no option ${unknown}`);
  const resolved = { ...gatherDefaults, ...options };
  const { atOnce } = resolved;
  if (Number.isInteger(atOnce) && atOnce >= 1 && atOnce <= MAX_PENDING_ASKS) return resolved;
  throw new ActorsError(
    'ACTORS_OPTION_INVALID',
    `atOnce is ${atOnce}; it must be an integer from 1 to ${MAX_PENDING_ASKS}`,
  );
}
