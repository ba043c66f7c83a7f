/**
 * 32 behaviours of different layouts (ACTORS-P2): what else a real process would run. Each has
 * state fields and message fields of its own number, order and kinds.
 */
import { actor, f32, f64, i32, reply, u32, u8 } from '@ganglion/actors';
import type { Behaviour } from '@ganglion/actors';

const KINDS = [u8, i32, u32, f32, f64] as const;

type Kind = (typeof KINDS)[number];
type CrowdFields = Readonly<Record<string, Kind>>;
const F64 = { get: reply(f64) };
type CrowdMessages = {
  readonly set: CrowdFields;
  readonly add: CrowdFields;
  readonly get: (typeof F64)['get'];
};

/** Any of the 32. */
export type CrowdBehaviour = Behaviour<CrowdMessages, Partial<Record<string, number>> | undefined>;

/** 1 to 7 fields; two of the 32 differ in number, kinds or names. */
function fieldsOf(index: number, prefix: string): CrowdFields {
  const count = 1 + (index % 7);
  const fields: Record<string, Kind> = {};
  for (let i = 0; i < count; i++) {
    const kind = KINDS[(index + i * (1 + (index >> 3))) % KINDS.length] ?? u32;
    fields[`${prefix}${index}_${i}`] = kind;
  }
  return fields;
}

function crowd(index: number): CrowdBehaviour {
  const state = fieldsOf(index, 's');
  const set = fieldsOf(index + 1, 'm');
  const add = fieldsOf(index + 3, 'a');
  const [first = ''] = Object.keys(state);
  const [given = ''] = Object.keys(set);
  const [added = ''] = Object.keys(add);
  return actor(import.meta.url, `Crowd${index}`, {
    state,
    messages: { set, add, ...F64 },
    receive: {
      set: (self, message) => {
        self.state[first] = message[given];
      },
      add: (self, message) => {
        self.state[first] += message[added];
      },
      get: (self, message) => message.reply(self.state[first]),
    },
  });
}

export const Crowd0: CrowdBehaviour = crowd(0);
export const Crowd1: CrowdBehaviour = crowd(1);
export const Crowd2: CrowdBehaviour = crowd(2);
export const Crowd3: CrowdBehaviour = crowd(3);
export const Crowd4: CrowdBehaviour = crowd(4);
export const Crowd5: CrowdBehaviour = crowd(5);
export const Crowd6: CrowdBehaviour = crowd(6);
export const Crowd7: CrowdBehaviour = crowd(7);
export const Crowd8: CrowdBehaviour = crowd(8);
export const Crowd9: CrowdBehaviour = crowd(9);
export const Crowd10: CrowdBehaviour = crowd(10);
export const Crowd11: CrowdBehaviour = crowd(11);
export const Crowd12: CrowdBehaviour = crowd(12);
export const Crowd13: CrowdBehaviour = crowd(13);
export const Crowd14: CrowdBehaviour = crowd(14);
export const Crowd15: CrowdBehaviour = crowd(15);
export const Crowd16: CrowdBehaviour = crowd(16);
export const Crowd17: CrowdBehaviour = crowd(17);
export const Crowd18: CrowdBehaviour = crowd(18);
export const Crowd19: CrowdBehaviour = crowd(19);
export const Crowd20: CrowdBehaviour = crowd(20);
export const Crowd21: CrowdBehaviour = crowd(21);
export const Crowd22: CrowdBehaviour = crowd(22);
export const Crowd23: CrowdBehaviour = crowd(23);
export const Crowd24: CrowdBehaviour = crowd(24);
export const Crowd25: CrowdBehaviour = crowd(25);
export const Crowd26: CrowdBehaviour = crowd(26);
export const Crowd27: CrowdBehaviour = crowd(27);
export const Crowd28: CrowdBehaviour = crowd(28);
export const Crowd29: CrowdBehaviour = crowd(29);
export const Crowd30: CrowdBehaviour = crowd(30);
export const Crowd31: CrowdBehaviour = crowd(31);

/** All of them, in order. */
export const crowdBehaviours: readonly CrowdBehaviour[] = [
  Crowd0, Crowd1, Crowd2, Crowd3, Crowd4, Crowd5, Crowd6, Crowd7,
  Crowd8, Crowd9, Crowd10, Crowd11, Crowd12, Crowd13, Crowd14, Crowd15,
  Crowd16, Crowd17, Crowd18, Crowd19, Crowd20, Crowd21, Crowd22, Crowd23,
  Crowd24, Crowd25, Crowd26, Crowd27, Crowd28, Crowd29, Crowd30, Crowd31,
];

/** Messages that `exercise` sends to each member for one `rounds`. */
const BATCH = 64;

/** A message with every field of the kind set, each to a value that all kinds hold. */
export function filled(fields: CrowdFields, worth: number): Record<string, number> {
  return Object.fromEntries(Object.keys(fields).map((name) => [name, worth]));
}

/** Spawns one actor of each behaviour beside itself and has them work, from the same worker. */
export const Crier = actor(import.meta.url, 'Crier', {
  init: (self) => crowdBehaviours.map((behaviour) => {
    const { set, add } = behaviour.messages;
    return { ref: self.spawn(behaviour, {}), set: filled(set, 1), add: filled(add, 2) };
  }),
  messages: { exercise: reply({ rounds: u32 }, f64), disperse: {} },
  receive: {
    exercise: async (self, message) => {
      let sum = 0;
      for (let round = 0; round < message.rounds; round++) {
        for (const member of self.state) {
          member.ref.tell.set(member.set);
          for (let i = 0; i < BATCH; i++) member.ref.tell.add(member.add);
        }
        sum = 0;
        for (const member of self.state) sum += await member.ref.ask.get();
      }
      message.reply(sum);
    },
    disperse: (self) => {
      for (const member of self.state) self.exit(member.ref, 'shutdown');
      self.stop();
    },
  },
});

/** What `exercise` replies: each member's field was set to 1, then BATCH times 2 was added. */
export const EXERCISED: number = crowdBehaviours.length * (1 + 2 * BATCH);
