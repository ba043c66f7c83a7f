/** The actors of actors/steal: each computes for a time of its own, then reports. */
import { actor, ActorsError, f64, ref, reply, u32, u8 } from '@ganglion/actors';
import { finish } from './finish.js';

/** Rounds of the shortest actor's work, and how many times that the longest does. */
const ROUNDS = 2_000;
const UNEVEN = 32;
/** Mixes long and short ones. */
const PRIME = 7_919;

const doneMessages = { done: { result: f64 } };

/** A chain of numbers that no compiler can shorten. */
export function computed(index: number): number {
  const rounds = ROUNDS * (1 + ((index * PRIME) % UNEVEN));
  let value = index;
  for (let i = 0; i < rounds; i++) value = (Math.imul(value, 1_664_525) + 1_013_904_223) | 0;
  return value;
}

/** Works once, in one turn; where the foreman's mailbox is full it reports in a later turn. */
export const Unequal = actor(import.meta.url, 'Unequal', {
  state: { to: ref<typeof doneMessages>(), index: u32, result: f64 },
  messages: { work: {}, report: {} },
  receive: {
    work: (self) => {
      self.state.result = computed(self.state.index);
      self.ref.tell.report();
    },
    report: (self) => {
      try {
        self.state.to?.tell.done({ result: self.state.result });
        self.stop();
      } catch (error) {
        if (!(error instanceof ActorsError) || error.code !== 'ACTORS_MAILBOX_FULL') throw error;
        self.ref.tell.report();
      }
    },
  },
});

interface Job {
  readonly actors: number;
  reported: number;
  sum: number;
}

/** Spawns all of them on its own worker, starts all, and adds up what they report. */
export const Foreman = actor(import.meta.url, 'Foreman', {
  init: (): Job => ({ actors: 0, reported: 0, sum: 0 }),
  messages: {
    /** `stay` is 1 where the actors may not leave their worker. */
    start: { actors: u32, stay: u8 },
    total: reply(f64),
    ...doneMessages,
  },
  receive: {
    start: (self, message) => {
      const { actors, stay } = message;
      self.state = { actors, reported: 0, sum: 0 };
      const place = stay === 1 ? { worker: self.worker } : {};
      const crew = Array.from({ length: actors }, (_, index) =>
        self.spawn(Unequal, { to: self.ref, index }, place));
      for (const one of crew) one.tell.work();
    },
    done: (self, message) => {
      const { state } = self;
      state.sum += message.result;
      state.reported += 1;
      if (state.reported === state.actors) finish(self.arenas, state.actors);
    },
    total: (self, message) => message.reply(self.state.sum),
  },
});
