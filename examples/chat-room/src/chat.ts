/**
 * Users, rooms, and the guest book. A room that crashes loses its state, so what has to outlive it,
 * who is in it, is in the book.
 */
import { actor, child, reply, supervisor, template, u32, value } from '@ganglion/actors';
import type { ActorRef } from '@ganglion/actors';

type UserRef = ActorRef<typeof User>;

interface Entry {
  readonly room: string;
  readonly user: UserRef;
}

/** Remembers what was said in the rooms it is in. */
export const User = actor(import.meta.url, 'User', {
  init: (): string[] => [],
  messages: { hear: value<string>(), heard: reply({}, value<readonly string[]>()) },
  receive: {
    hear: (self, message) => void self.state.push(message.value),
    heard: (self, message) => message.reply(self.state),
  },
});

/** Who is in which room. */
export const Book = actor(import.meta.url, 'Book', {
  init: (): Entry[] => [],
  messages: {
    enter: reply(value<Entry>(), value<undefined>()),
    usersIn: reply(value<string>(), value<readonly UserRef[]>()),
  },
  receive: {
    enter: (self, message) => {
      self.state.push(message.value);
      message.reply();
    },
    usersIn: (self, message) => {
      const entries = self.state.filter(({ room }) => room === message.value);
      message.reply(entries.map(({ user }) => user));
    },
  },
});

interface RoomArguments {
  readonly name: string;
  readonly book: ActorRef<typeof Book>;
}

/** Tells every user in it what one of them said. It cannot stand the word `boom`. */
export const Room = actor(import.meta.url, 'Room', {
  init: async (_self, { name, book }: RoomArguments) => {
    const users = await book.ask.usersIn(name); // none at first, all of them after a crash
    return { name, book, users: [...users], said: 0 };
  },
  messages: {
    enter: reply(value<UserRef>(), value<undefined>()),
    /** The reply counts what was said since the room's start. */
    say: reply(value<string>(), u32),
  },
  receive: {
    enter: async (self, message) => {
      const { name: room, book, users } = self.state;
      await book.ask.enter({ room, user: message.value });
      users.push(message.value);
      message.reply();
    },
    say: (self, message) => {
      const { state } = self;
      if (message.value.includes('boom')) throw new Error(`${state.name} is on fire`);
      for (const user of state.users) user.tell.hear(`${state.name}: ${message.value}`);
      state.said += 1;
      message.reply(state.said);
    },
  },
});

/** Rooms come and go below a supervisor of their own; without the book they are started again. */
export const chat = supervisor({
  strategy: 'restForOne',
  children: [
    child('book', Book, undefined),
    child('rooms', supervisor({ strategy: 'simpleOneForOne', children: template(Room) })),
    child('users', supervisor({ strategy: 'simpleOneForOne', children: template(User) })),
  ],
});
