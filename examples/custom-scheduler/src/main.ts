/** `node dist/main.js` */
import { createActorSystem } from '@ganglion/actors';
import type { ActorRef, ActorSystemComponents } from '@ganglion/actors';
import { AlarmsFirst } from './alarms-first.js';
import { JOBS, Journal, Plant } from './plant.js';

/** Resolves when the shift has been worked. */
async function shift(
  plant: ActorRef<typeof Plant>,
  journal: ActorRef<typeof Journal>,
): Promise<void> {
  journal.tell.clear();
  plant.tell.shift();
  while ((await journal.ask.entries()) < JOBS + 1);
}

/** How many jobs ran between the alarm and its answer. */
async function jobsBeforeAlarm(components: ActorSystemComponents): Promise<number> {
  const system = await createActorSystem({ workers: 1, maxActors: 1_000 }, components);
  const journal = system.spawn(Journal);
  const plant = system.spawn(Plant, journal);
  await shift(plant, journal); // in the first, every actor is new
  await shift(plant, journal);
  const jobs = await journal.ask.jobsBeforeAlarm();
  await system.stop();
  return jobs;
}

console.log(`built-in scheduler: the alarm ran after ${await jobsBeforeAlarm({})} jobs`);
const alarmsFirst = await jobsBeforeAlarm({ scheduler: AlarmsFirst });
console.log(`AlarmsFirst:        the alarm ran after ${alarmsFirst} jobs`);
