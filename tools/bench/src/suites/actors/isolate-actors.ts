/** The actors of actors/isolate: plain objects to an actor whose state is an object. */
import { actor, ActorsError, ref, u32, value } from '@ganglion/actors';
import { finish } from './finish.js';

/** Messages of one turn: what an empty mailbox holds. */
const BATCH = 256;

/** A message: `left` numbers it from the last, so that a sum shows that each came once. */
interface Parcel {
  readonly by: number;
  readonly left: number;
}

/** Adds up; told to finish, it writes its count if the numbers' sum fits, and starts from 0. */
export const Depot = actor(import.meta.url, 'Depot', {
  init: () => ({ count: 0, sum: 0 }),
  messages: { add: value<Parcel>(), finish: {} },
  receive: {
    add: ({ state }, { value: { by, left } }) => {
      state.count += by;
      state.sum += left;
    },
    finish: (self) => {
      const { count, sum } = self.state;
      const expected = (count * (count + 1)) / 2;
      if (sum !== expected) throw new Error(`the sum is ${sum}, must be ${expected}`);
      finish(self.arenas, count);
      self.state = { count: 0, sum: 0 };
    },
  },
});

/** Sends `left` objects, at most BATCH a turn, then tells the depot to finish in a last turn. */
export const Packer = actor(import.meta.url, 'Packer', {
  state: { left: u32, depot: ref<typeof Depot>() },
  messages: { pack: { parcels: u32, depot: ref<typeof Depot>() }, more: {} },
  receive: {
    pack: (self, message) => {
      self.state.left = message.parcels;
      self.state.depot = message.depot;
      self.ref.tell.more();
    },
    more: (self) => {
      const { depot, left } = self.state;
      if (depot === undefined) return; // nobody has told it to pack
      const batch = Math.min(left, BATCH);
      let sent = 0;
      try {
        for (; sent < batch; sent++) depot.tell.add({ by: 1, left: left - sent });
        if (batch === 0) {
          depot.tell.finish();
          return;
        }
      } catch (error) {
        // The depot has not emptied its mailbox yet: go on in the next turn.
        if (!(error instanceof ActorsError) || error.code !== 'ACTORS_MAILBOX_FULL') throw error;
      }
      self.state.left = left - sent;
      self.ref.tell.more();
    },
  },
});
