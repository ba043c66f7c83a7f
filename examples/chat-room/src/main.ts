/** Two rooms, three users; one says the wrong word. */
import { ActorsError, createActorSystem } from '@ganglion/actors';
import type { SystemEvent } from '@ganglion/actors';
import { EventEmitter, once } from 'node:events';
import { chat } from './chat.js';

const events = new EventEmitter();

function onEvent(event: SystemEvent): void {
  if (event.kind === 'restart') events.emit('restart', event.text);
}

const system = await createActorSystem({ workers: 2, onEvent });
const tree = await system.supervise('Chat', chat);
const book = tree.ref('book');
const kitchen = await tree.supervisor('rooms').startChild({ name: 'kitchen', book });
const garden = await tree.supervisor('rooms').startChild({ name: 'garden', book });
const ada = await tree.supervisor('users').startChild();
const ben = await tree.supervisor('users').startChild();
const eve = await tree.supervisor('users').startChild();

for (const user of [ada, ben]) await kitchen.ask.enter(user);
for (const user of [ben, eve]) await garden.ask.enter(user);
await kitchen.ask.say('ada says hello');
await garden.ask.say('eve says it rains');

const restart = once(events, 'restart');
try {
  await kitchen.ask.say('ben says boom');
} catch (error) {
  if (!(error instanceof ActorsError)) throw error;
  console.log(`ben's message was lost: ${error.code}`);
}
console.log(`the supervisor starts the room again: ${(await restart).join(' ')}`);

const said = await kitchen.ask.say('ada says what was that?');
console.log(`said in the kitchen since its start ${kitchen.incarnation}: ${said}`);
await garden.ask.say('eve says all quiet here');

for (const [name, user] of Object.entries({ ada, ben, eve })) {
  console.log(`${name} heard`);
  for (const line of await user.ask.heard()) console.log(`  ${line}`);
}
await system.stop();
