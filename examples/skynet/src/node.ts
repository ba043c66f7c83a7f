/** A tree of actors: each inner one has ten below it, and the leaves are numbered from 0. */
import { actor, f64, ref, reply, u32 } from '@ganglion/actors';
import { announce, begin, end } from './census.js';

const CHILDREN = 10;

const sumMessages = { sum: { sum: f64 } };

/** Tells its parent the sum of its leaves' numbers, and ends. */
export const Node = actor(import.meta.url, 'Node', {
  state: { parent: ref<typeof sumMessages>(), first: u32, leaves: u32, waits: u32, sum: f64 },
  messages: { grow: {}, ...sumMessages },
  receive: {
    grow: (self) => {
      const { parent, first, leaves } = self.state;
      if (leaves === 1) {
        end(self);
        parent?.tell.sum({ sum: first });
        self.stop();
        return;
      }
      const each = leaves / CHILDREN;
      begin(self, CHILDREN);
      for (let i = 0; i < CHILDREN; i++) {
        const node = self.spawn(Node, { parent: self.ref, first: first + i * each, leaves: each });
        node.tell.grow();
      }
      self.state.waits = CHILDREN;
    },
    sum: (self, message) => {
      const { state } = self;
      state.sum += message.sum;
      state.waits -= 1;
      if (state.waits > 0) return;
      end(self);
      state.parent?.tell.sum({ sum: state.sum });
      self.stop();
    },
  },
});

/** Grows a tree and keeps its sum. */
export const Gardener = actor(import.meta.url, 'Gardener', {
  state: { sum: f64 },
  messages: { plant: { leaves: u32 }, get: reply(f64), ...sumMessages },
  receive: {
    plant: (self, message) => {
      begin(self, 1);
      const root = self.spawn(Node, { parent: self.ref, first: 0, leaves: message.leaves });
      root.tell.grow();
    },
    sum: (self, message) => {
      self.state.sum = message.sum;
      announce(self);
    },
    get: (self, message) => message.reply(self.state.sum),
  },
});
