/** The actors of actors/threadring: a token goes round, then a second lap adds up what was seen. */
import { actor, ref, u32 } from '@ganglion/actors';
import { finish } from './finish.js';

export const RING_ACTORS = 100;

const ringMessages = { token: { left: u32 }, collect: { sum: u32, actors: u32 } };

/** Passes the token on until its last hop. */
export const RingActor = actor(import.meta.url, 'RingActor', {
  state: { seen: u32, next: ref<typeof ringMessages>() },
  messages: { ...ringMessages, link: { next: ref<typeof ringMessages>() } },
  receive: {
    link: (self, message) => {
      self.state.next = message.next;
    },
    token: (self, message) => {
      const { state } = self;
      state.seen += 1;
      if (message.left > 1) state.next?.tell.token({ left: message.left - 1 });
      else state.next?.tell.collect({ sum: 0, actors: 0 });
    },
    collect: (self, message) => {
      const { state } = self;
      const sum = message.sum + state.seen;
      const actors = message.actors + 1;
      state.seen = 0;
      if (actors === RING_ACTORS) finish(self.arenas, sum);
      else state.next?.tell.collect({ sum, actors });
    },
  },
});
