/**
 * nact's side of actors/count and actors/pingpong, one workload a process.
 * Arguments: workload, messages, warm-ups.
 */
import { installed, serveSamples } from '../serve-samples.mjs';

const [workload, messagesText, warmupsText] = process.argv.slice(2);
const messages = Number(messagesText);
const nact = await installed('nact');
if (nact === undefined) process.exit(0);
const { default: { start, spawn, dispatch, stop } } = nact;
const BATCH = 256;

/** Resolves with the counter's own count when it has counted `total` messages. */
function count(system, total) {
  return new Promise((resolve) => {
    const counter = spawn(system, (counted = 0, message) => {
      if (message.type === 'increment') return counted + message.by;
      resolve(counted);
      return counted;
    });
    const producer = spawn(system, (left = total, _message, context) => {
      const batch = Math.min(left, BATCH);
      for (let i = 0; i < batch; i++) dispatch(counter, { type: 'increment', by: 1 });
      dispatch(left > batch ? context.self : counter, { type: left > batch ? 'more' : 'total' });
      return left - batch;
    });
    dispatch(producer, { type: 'more' });
  });
}

/** Resolves with the messages that both sides received. */
function pingpong(system, total) {
  return new Promise((resolve) => {
    const pong = spawn(system, (received = 0, message, context) => {
      if (message.type === 'ping') {
        dispatch(context.sender, { type: 'pong' }, context.self);
        return received + 1;
      }
      resolve(received + message.received);
      return received;
    });
    const ping = spawn(system, (received = 0, message, context) => {
      const pongs = message.type === 'pong' ? received + 1 : received;
      if (pongs < total / 2) dispatch(pong, { type: 'ping' }, context.self);
      else dispatch(pong, { type: 'total', received: pongs }, context.self);
      return pongs;
    });
    dispatch(ping, { type: 'start' });
  });
}

async function run() {
  const system = start();
  const completed = await (workload === 'count' ? count : pingpong)(system, messages);
  stop(system);
  return completed;
}

await serveSamples('nact', Number(warmupsText), run);
