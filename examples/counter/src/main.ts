import { createActorSystem } from '@ganglion/actors';
import { Counter } from './counter.js';

const system = await createActorSystem({ workers: 2 });
const counter = system.spawn(Counter, { count: 0 });
counter.tell.increment({ by: 2 });
console.log(await counter.ask.get()); // 2; a misspelt message or field does not compile
await system.stop();
