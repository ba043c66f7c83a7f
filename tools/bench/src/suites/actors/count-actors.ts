/** The actors of actors/count. */
import { actor, ActorsError, ref, u32 } from '@ganglion/actors';
import { finish } from './finish.js';

/** Messages of one turn: what an empty mailbox holds. */
const BATCH = 256;

/** Adds up; told to finish, it writes its count and starts again from 0. */
export const Counter = actor(import.meta.url, 'Counter', {
  state: { count: u32 },
  messages: { increment: { by: u32 }, finish: {} },
  receive: {
    increment: (self, message) => {
      self.state.count += message.by;
    },
    finish: (self) => {
      finish(self.arenas, self.state.count);
      self.state.count = 0;
    },
  },
});

/** Sends `left` messages, at most BATCH a turn, then tells the counter to finish in a last turn. */
export const Producer = actor(import.meta.url, 'Producer', {
  state: { left: u32, counter: ref<typeof Counter>() },
  messages: { produce: { messages: u32, counter: ref<typeof Counter>() }, more: {} },
  receive: {
    produce: (self, message) => {
      self.state.left = message.messages;
      self.state.counter = message.counter;
      self.ref.tell.more();
    },
    more: (self) => {
      const { counter, left } = self.state;
      if (counter === undefined) return; // nobody has told it to produce
      const batch = Math.min(left, BATCH);
      let sent = 0;
      try {
        for (; sent < batch; sent++) counter.tell.increment({ by: 1 });
        if (batch === 0) {
          counter.tell.finish();
          return;
        }
      } catch (error) {
        // The counter has not emptied its mailbox yet: go on in the next turn.
        if (!(error instanceof ActorsError) || error.code !== 'ACTORS_MAILBOX_FULL') throw error;
      }
      self.state.left = left - sent;
      self.ref.tell.more();
    },
  },
});
