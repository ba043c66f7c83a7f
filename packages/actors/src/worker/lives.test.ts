import { expect, test } from 'vitest';
import { actor } from '../behaviour.js';
import { ActorBlock } from '../layouts.js';
import { Phase, Report, Signal } from '../phases.js';
import { imageOf, placeActor } from '../spawn.js';
import { steppedSystem } from '../testing/index.js';

const Quiet = actor(import.meta.url, 'Quiet', { init: () => ({}), messages: {}, receive: {} });

test('LIVES-1: an exit that comes with a start wins, and each is reported', () => {
  const { main, workers, step } = steppedSystem({ behaviours: [Quiet] });
  const thread = workers[0]?.thread.index ?? 0;
  const place = { thread, restartType: 1, parent: 0 };
  const { low, high } = placeActor(main, imageOf(main, Quiet, undefined), place);
  const { notices } = main.mail;
  const block = notices.blocks + ActorBlock.size / 4;
  const reports: number[] = [];
  const phases: number[] = [];
  for (const bits of [Signal.killed, Signal.start | Signal.killed, Signal.start]) {
    notices.signal(low, high, bits);
    step(0);
    phases.push(Atomics.load(main.words, block + ActorBlock.word.phase));
    notices.takeReports((_index, seen) => reports.push(seen));
  }
  expect(phases).toEqual([Phase.down, Phase.down, Phase.running]);
  expect(reports).toEqual([Report.exited, Report.exited, Report.started]);
});
