import { actor, reply, u32 } from '@ganglion/actors';

export const Counter = actor(import.meta.url, 'Counter', {
  state: { count: u32 },
  messages: { increment: { by: u32 }, get: reply(u32) },
  receive: {
    increment: (self, message) => {
      self.state.count += message.by;
    },
    get: (self, message) => message.reply(self.state.count),
  },
});
