/** The actors of actors/skynet: a tree that adds up the numbers of its leaves. */
import { actor, f64, ref, reply, u32 } from '@ganglion/actors';
import { finish } from './finish.js';
import { began, ended } from './living.js';

const CHILDREN = 10;

const sumMessages = { sum: { sum: f64 } };

/** Tells its parent the sum of its leaves' numbers, and ends. */
export const TreeNode = actor(import.meta.url, 'TreeNode', {
  state: {
    parent: ref<typeof sumMessages>(), first: u32, leaves: u32, waits: u32, workers: u32, sum: f64,
  },
  messages: { grow: {}, ...sumMessages },
  receive: {
    grow: (self) => {
      const { parent, first, leaves, workers } = self.state;
      if (leaves === 1) {
        ended(self);
        parent?.tell.sum({ sum: first });
        self.stop();
        return;
      }
      const each = leaves / CHILDREN;
      began(self, CHILDREN, workers);
      for (let i = 0; i < CHILDREN; i++) {
        const node = self.spawn(TreeNode, {
          parent: self.ref, first: first + i * each, leaves: each, workers,
        });
        node.tell.grow();
      }
      self.state.waits = CHILDREN;
    },
    sum: (self, message) => {
      const { state } = self;
      state.sum += message.sum;
      state.waits -= 1;
      if (state.waits > 0) return;
      ended(self);
      state.parent?.tell.sum({ sum: state.sum });
      self.stop();
    },
  },
});

/** Starts a tree and keeps its sum. */
export const TreeOwner = actor(import.meta.url, 'TreeOwner', {
  state: { sum: f64, leaves: u32 },
  messages: { start: { leaves: u32, workers: u32 }, total: reply(f64), ...sumMessages },
  receive: {
    start: (self, message) => {
      const { leaves, workers } = message;
      self.state.leaves = leaves;
      began(self, 1, workers);
      self.spawn(TreeNode, { parent: self.ref, first: 0, leaves, workers }).tell.grow();
    },
    sum: (self, message) => {
      self.state.sum = message.sum;
      finish(self.arenas, self.state.leaves);
    },
    total: (self, message) => message.reply(self.state.sum),
  },
});
