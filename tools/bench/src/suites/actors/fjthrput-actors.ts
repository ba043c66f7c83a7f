/** The actors of actors/fjthrput: one sends to all others, who count. */
import { actor, ActorsError, ref, u32, value } from '@ganglion/actors';
import type { ActorRef } from '@ganglion/actors';
import { finish } from './finish.js';

export const RECEIVERS = 60;
/** Messages to each receiver in a turn. */
const BATCH = 16;

const countedMessages = { counted: { count: u32 } };

/** Counts what it receives; told to finish, it reports and starts again from 0. */
export const Receiver = actor(import.meta.url, 'Receiver', {
  state: { count: u32 },
  messages: { work: { by: u32 }, finish: { to: ref<typeof countedMessages>() } },
  receive: {
    work: (self, message) => {
      self.state.count += message.by;
    },
    finish: (self, message) => {
      message.to.tell.counted({ count: self.state.count });
      self.state.count = 0;
    },
  },
});

interface Deal {
  readonly receivers: readonly ActorRef<typeof Receiver>[];
  /** Messages that each receiver has still to be sent. */
  left: number[];
  reports: number;
  sum: number;
}

/** Sends `each` messages to every receiver, a batch a turn, then adds up their reports. */
export const Dealer = actor(import.meta.url, 'Dealer', {
  init: (): Deal => ({ receivers: [], left: [], reports: 0, sum: 0 }),
  messages: {
    /** A value, because a ref field of a message is valid for its turn only. */
    enlist: value<readonly ActorRef<typeof Receiver>[]>(),
    deal: { each: u32 },
    more: {},
    ...countedMessages,
  },
  receive: {
    enlist: (self, message) => {
      self.state = { receivers: message.value, left: [], reports: 0, sum: 0 };
    },
    deal: (self, message) => {
      const { receivers } = self.state;
      self.state = { receivers, left: receivers.map(() => message.each), reports: 0, sum: 0 };
      self.ref.tell.more();
    },
    more: (self) => {
      const { receivers, left } = self.state;
      for (const [i, receiver] of receivers.entries()) left[i] = sendBatch(receiver, left[i] ?? 0);
      if (left.some((count) => count > 0)) self.ref.tell.more();
      else for (const receiver of receivers) receiver.tell.finish({ to: self.ref });
    },
    counted: (self, message) => {
      self.state.reports += 1;
      self.state.sum += message.count;
      if (self.state.reports === self.state.receivers.length) finish(self.arenas, self.state.sum);
    },
  },
});

/** Sends what fits and gives what is left. */
function sendBatch(receiver: ActorRef<typeof Receiver>, left: number): number {
  const batch = Math.min(left, BATCH);
  let sent = 0;
  try {
    for (; sent < batch; sent++) receiver.tell.work({ by: 1 });
  } catch (error) {
    // The receiver has not emptied its mailbox yet: go on in the next turn.
    if (!(error instanceof ActorsError) || error.code !== 'ACTORS_MAILBOX_FULL') throw error;
  }
  return left - sent;
}
