/** The actors of actors/pingpong: every ping carries its sender, to whom the pong goes. */
import { actor, ref, u32 } from '@ganglion/actors';
import { finish } from './finish.js';

const pongMessages = { pong: {}, total: { received: u32 } };

/** Answers pings, and counts them. */
export const Pong = actor(import.meta.url, 'Pong', {
  state: { received: u32 },
  messages: {
    ping: { from: ref<typeof pongMessages>() },
    finish: { from: ref<typeof pongMessages>() },
  },
  receive: {
    ping: (self, message) => {
      self.state.received += 1;
      message.from.tell.pong();
    },
    finish: (self, message) => {
      message.from.tell.total({ received: self.state.received });
      self.state.received = 0;
    },
  },
});

/** Sends `left` pings, each after the pong before it, then writes what both have received. */
export const Ping = actor(import.meta.url, 'Ping', {
  state: { left: u32, received: u32, partner: ref<typeof Pong>() },
  messages: { play: { pings: u32, partner: ref<typeof Pong>() }, ...pongMessages },
  receive: {
    play: (self, message) => {
      self.state.left = message.pings;
      self.state.received = 0;
      self.state.partner = message.partner;
      message.partner.tell.ping({ from: self.ref });
    },
    pong: (self) => {
      const { state } = self;
      const { partner } = state;
      if (partner === undefined) return; // nobody has told it to play
      state.received += 1;
      state.left -= 1;
      if (state.left > 0) partner.tell.ping({ from: self.ref });
      else partner.tell.finish({ from: self.ref });
    },
    total: (self, message) => finish(self.arenas, self.state.received + message.received),
  },
});
