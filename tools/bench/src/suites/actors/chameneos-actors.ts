/** The actors of actors/chameneos: creatures meet in pairs, as the mall introduces them. */
import { actor, ref, u32, u8 } from '@ganglion/actors';
import { finish } from './finish.js';

export const CREATURES = 100;

const creatureMessages = { change: { colour: u8 }, fade: {} };
const partnerMessages = { meet: { colour: u8, from: ref<typeof creatureMessages>() } };
const mallMessages = {
  arrive: { colour: u8, from: ref<typeof partnerMessages & typeof creatureMessages>() },
  faded: { meetings: u32 },
};

/** The third colour of two that differ, or the common one. */
const complement = (one: number, other: number): number => (one === other ? one : 3 - one - other);

/** Meets, changes colour, goes back to the mall. */
export const Creature = actor(import.meta.url, 'Creature', {
  state: { colour: u8, meetings: u32, mall: ref<typeof mallMessages>() },
  messages: {
    enter: { mall: ref<typeof mallMessages>() },
    ...partnerMessages,
    ...creatureMessages,
  },
  receive: {
    enter: (self, message) => {
      self.state.mall = message.mall;
      message.mall.tell.arrive({ colour: self.state.colour, from: self.ref });
    },
    meet: (self, message) => {
      const { state } = self;
      state.colour = complement(state.colour, message.colour);
      state.meetings += 1;
      message.from.tell.change({ colour: state.colour });
      state.mall?.tell.arrive({ colour: state.colour, from: self.ref });
    },
    change: (self, message) => {
      const { state } = self;
      state.colour = message.colour;
      state.meetings += 1;
      state.mall?.tell.arrive({ colour: state.colour, from: self.ref });
    },
    fade: (self) => {
      self.state.mall?.tell.faded({ meetings: self.state.meetings });
      self.state.meetings = 0;
    },
  },
});

/** Introduces every second creature to the one before; after `left` meetings all fade. */
export const Mall = actor(import.meta.url, 'Mall', {
  state: {
    left: u32, faded: u32, meetings: u32,
    waiting: ref<typeof partnerMessages & typeof creatureMessages>(), occupied: u8,
  },
  messages: { open: { meetings: u32 }, ...mallMessages },
  receive: {
    open: (self, message) => {
      self.state.left = message.meetings;
      self.state.faded = 0;
      self.state.meetings = 0;
    },
    arrive: (self, message) => {
      const { state } = self;
      if (state.left === 0) {
        message.from.tell.fade();
      } else if (state.occupied === 0) {
        state.occupied = 1;
        state.waiting = message.from;
      } else {
        state.left -= 1;
        state.occupied = 0;
        state.waiting?.tell.meet({ colour: message.colour, from: message.from });
      }
    },
    faded: (self, message) => {
      const { state } = self;
      state.faded += 1;
      state.meetings += message.meetings;
      if (state.faded === CREATURES) finish(self.arenas, state.meetings / 2);
    },
  },
});
