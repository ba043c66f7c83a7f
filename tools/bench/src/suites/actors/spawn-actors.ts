/**
 * The actors of actors/spawn. Each holds a ref to the one before it, in its shared state: no list
 * of them is in the way when their memory is measured. Stopping goes down that chain.
 */
import { actor, ref, u32 } from '@ganglion/actors';
import { finish } from './finish.js';

/** Spawned in a turn. */
const BATCH = 256;

const linkMessages = { leave: { left: u32 } };

/** Lives until it is told to leave, and counts those that have left. */
export const Link = actor(import.meta.url, 'Link', {
  state: { before: ref<typeof linkMessages>() },
  messages: linkMessages,
  receive: {
    leave: (self, message) => {
      const left = message.left + 1;
      const { before } = self.state;
      if (before === undefined) finish(self.arenas, left);
      else before.tell.leave({ left });
      self.stop();
    },
  },
});

/** Spawns `left` actors, a batch a turn; told to stop all, it starts at the last. */
export const Spawner = actor(import.meta.url, 'Spawner', {
  state: { left: u32, spawned: u32, last: ref<typeof linkMessages>() },
  messages: { spawn: { actors: u32 }, more: {}, stopAll: {} },
  receive: {
    spawn: (self, message) => {
      self.state.left = message.actors - 1;
      self.state.spawned = 1;
      self.state.last = self.spawn(Link, {});
      self.ref.tell.more();
    },
    more: (self) => {
      const { state } = self;
      const batch = Math.min(state.left, BATCH);
      let { last } = state;
      for (let i = 0; i < batch; i++) last = self.spawn(Link, { before: last });
      state.last = last;
      state.left -= batch;
      state.spawned += batch;
      if (batch === 0) finish(self.arenas, state.spawned);
      else self.ref.tell.more();
    },
    stopAll: (self) => self.state.last?.tell.leave({ left: 0 }),
  },
});
