/**
 * The actors of actors/big: each sends pings to random others, one at a time, and answers theirs. A
 * sink hears when all have had their pongs, then adds up what each received.
 */
import { actor, ref, u32, value } from '@ganglion/actors';
import type { ActorRef } from '@ganglion/actors';
import { finish } from './finish.js';

export const BIG_ACTORS = 120;
/** Park and Miller's generator, which peers/erlang/big.erl uses too. */
const MULTIPLIER = 16_807;
const MODULUS = 2_147_483_647;

const sinkMessages = { done: {}, total: { received: u32 } };
const pongMessages = { pong: {} };
const peerMessages = { ping: { from: ref<typeof pongMessages>() } };

/** Refs that are kept come in a value: a ref field of a message is valid for its turn only. */
export interface Acquaintance {
  readonly others: readonly ActorRef<typeof peerMessages>[];
  readonly sink: ActorRef<typeof sinkMessages>;
}

interface Many {
  others: Acquaintance['others'];
  random: number;
  left: number;
  received: number;
  sink: ActorRef<typeof sinkMessages> | undefined;
}

/** Pings others at random. */
export const BigActor = actor(import.meta.url, 'BigActor', {
  init: (_, args: { seed: number }): Many =>
    ({ others: [], random: args.seed, left: 0, received: 0, sink: undefined }),
  messages: {
    meet: value<Acquaintance>(),
    begin: { pings: u32 },
    report: {},
    ...pongMessages,
    ...peerMessages,
  },
  receive: {
    meet: (self, message) => {
      self.state.others = message.value.others;
      self.state.sink = message.value.sink;
    },
    begin: (self, message) => {
      self.state.left = message.pings;
      pick(self.state).tell.ping({ from: self.ref });
    },
    ping: (self, message) => {
      self.state.received += 1;
      message.from.tell.pong();
    },
    pong: (self) => {
      const { state } = self;
      state.received += 1;
      state.left -= 1;
      if (state.left > 0) pick(state).tell.ping({ from: self.ref });
      else state.sink?.tell.done();
    },
    report: (self) => {
      self.state.sink?.tell.total({ received: self.state.received });
      self.state.received = 0;
    },
  },
});

function pick(state: Many): ActorRef<typeof peerMessages> {
  state.random = (state.random * MULTIPLIER) % MODULUS;
  const other = state.others[state.random % state.others.length];
  if (other === undefined) throw new Error('an actor of big has met nobody');
  return other;
}

interface Sums {
  readonly actors: readonly ActorRef<typeof BigActor>[];
  done: number;
  totals: number;
  received: number;
}

/** Starts everybody and adds up. */
export const BigSink = actor(import.meta.url, 'BigSink', {
  init: (): Sums => ({ actors: [], done: 0, totals: 0, received: 0 }),
  messages: {
    enlist: value<readonly ActorRef<typeof BigActor>[]>(), run: { pings: u32 }, ...sinkMessages,
  },
  receive: {
    enlist: (self, message) => {
      self.state = { actors: message.value, done: 0, totals: 0, received: 0 };
    },
    run: (self, message) => {
      self.state = { actors: self.state.actors, done: 0, totals: 0, received: 0 };
      for (const each of self.state.actors) each.tell.begin({ pings: message.pings });
    },
    done: (self) => {
      const { actors } = self.state;
      self.state.done += 1;
      if (self.state.done === actors.length) for (const each of actors) each.tell.report();
    },
    total: (self, message) => {
      const { state } = self;
      state.totals += 1;
      state.received += message.received;
      if (state.totals === state.actors.length) finish(self.arenas, state.received);
    },
  },
});
