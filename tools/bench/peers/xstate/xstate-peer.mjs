/**
 * XState's side of actors/count: sends are synchronous, so each event is handled before the next
 * is sent. Arguments: messages, warm-ups.
 */
import { installed, serveSamples } from '../serve-samples.mjs';

const [messagesText, warmupsText] = process.argv.slice(2);
const messages = Number(messagesText);
const xstate = await installed('xstate');
if (xstate === undefined) process.exit(0);
const { createActor, fromCallback } = xstate;

/** Adds up. Of the kinds of actor logic this is the fastest: no snapshot is made of each event. */
const counterLogic = fromCallback(({ receive }) => {
  let count = 0;
  receive((event) => {
    if (event.type === 'increment') count += event.by;
    else event.from.send({ type: 'counted', count });
  });
});

const producerLogic = fromCallback(({ input: { counter, resolve }, self, receive }) => {
  receive((event) => {
    if (event.type === 'produce') {
      for (let i = 0; i < event.messages; i++) counter.send({ type: 'increment', by: 1 });
      counter.send({ type: 'get', from: self });
    } else {
      resolve(event.count);
    }
  });
});

/** Resolves with the counter's own count. */
async function run() {
  const counter = createActor(counterLogic).start();
  const counted = new Promise((resolve) => {
    const producer = createActor(producerLogic, { input: { counter, resolve } }).start();
    producer.send({ type: 'produce', messages });
    producer.stop();
  });
  const count = await counted;
  counter.stop();
  return count;
}

await serveSamples('XState', Number(warmupsText), run);
