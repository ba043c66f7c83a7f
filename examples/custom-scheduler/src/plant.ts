/** A plant with a hundred jobs to do, an alarm, and a journal of what happened. */
import { actor, ref, reply, u32 } from '@ganglion/actors';
import type { ActorRef } from '@ganglion/actors';

export const JOBS = 100;

export const Journal = actor(import.meta.url, 'Journal', {
  state: { jobs: u32, alarms: u32, jobsBeforeAlarm: u32 },
  messages: { job: {}, alarm: {}, clear: {}, entries: reply(u32), jobsBeforeAlarm: reply(u32) },
  receive: {
    job: (self) => void (self.state.jobs += 1),
    alarm: (self) => {
      self.state.alarms += 1;
      self.state.jobsBeforeAlarm = self.state.jobs;
    },
    clear: (self) => void Object.assign(self.state, { jobs: 0, alarms: 0, jobsBeforeAlarm: 0 }),
    entries: (self, message) => message.reply(self.state.jobs + self.state.alarms),
    jobsBeforeAlarm: (self, message) => message.reply(self.state.jobsBeforeAlarm),
  },
});

export const Job = actor(import.meta.url, 'Job', {
  state: { journal: ref<typeof Journal>() },
  messages: { run: {} },
  receive: { run: (self) => self.state.journal?.tell.job() },
});

export const Alarm = actor(import.meta.url, 'Alarm', {
  state: { journal: ref<typeof Journal>() },
  messages: { ring: {} },
  receive: { ring: (self) => self.state.journal?.tell.alarm() },
});

/** In one turn tells every job to run, and then the alarm to ring. */
export const Plant = actor(import.meta.url, 'Plant', {
  init: (self, journal: ActorRef<typeof Journal>) => ({
    jobs: Array.from({ length: JOBS }, () => self.spawn(Job, { journal })),
    alarm: self.spawn(Alarm, { journal }),
  }),
  messages: { shift: {} },
  receive: {
    shift: ({ state }) => {
      for (const job of state.jobs) job.tell.run();
      state.alarm.tell.ring();
    },
  },
});
