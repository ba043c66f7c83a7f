/** The actors of actors/ask: one asks, one answers, one ask after the other. */
import { performance } from 'node:perf_hooks';
import { actor, ref, reply, u32, value } from '@ganglion/actors';

/** What the asker saw of its asks. */
export interface AskTimes {
  readonly answered: number;
  readonly p50: number;
  readonly p99: number;
}

/** Replies what it was asked, plus one. */
export const Answerer = actor(import.meta.url, 'Answerer', {
  state: {},
  messages: { next: reply({ number: u32 }, u32) },
  receive: { next: (_, message) => message.reply(message.number + 1) },
});

/** Asks `asks` times; replies with the times in µs. */
export const Asker = actor(import.meta.url, 'Asker', {
  init: () => ({}),
  messages: { run: reply({ asks: u32, answerer: ref<typeof Answerer>() }, value<AskTimes>()) },
  receive: {
    run: async (_, message) => {
      const { asks, answerer } = message;
      const times = new Float64Array(asks);
      let answered = 0;
      for (let i = 0; i < asks; i++) {
        const begin = performance.now();
        const number = await answerer.ask.next({ number: i });
        times[i] = (performance.now() - begin) * 1_000;
        if (number === i + 1) answered += 1;
      }
      times.sort();
      const at = (share: number): number => times[Math.floor(asks * share)] ?? 0;
      message.reply({ answered, p50: at(0.5), p99: at(0.99) });
    },
  },
});
