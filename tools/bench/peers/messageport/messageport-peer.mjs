/**
 * Two worker threads with a MessagePort between them, and nothing else. Arguments: `one-way` or
 * `round-trip`, messages.
 */
import { isMainThread, MessageChannel, parentPort, Worker, workerData } from 'node:worker_threads';
import { serveSamples } from '../serve-samples.mjs';

const WARMUPS = 3;
const NO_TRANSFER = [];

function sender(port) {
  let left = 0;
  let pongs = 0;
  parentPort.on('message', ({ mode, messages }) => {
    if (mode === 'one-way') {
      for (let i = 0; i < messages; i++) port.postMessage({ type: 'increment', by: 1 });
      port.postMessage({ type: 'total' });
    } else {
      left = messages / 2;
      pongs = 0;
      port.postMessage({ type: 'ping' });
    }
  });
  port.on('message', (message) => {
    if (message.type === 'total') {
      parentPort.postMessage(message.count + pongs, NO_TRANSFER);
      return;
    }
    pongs += 1;
    left -= 1;
    port.postMessage({ type: left > 0 ? 'ping' : 'total' });
  });
}

function receiver(port) {
  let count = 0;
  port.on('message', (message) => {
    if (message.type === 'total') {
      port.postMessage({ type: 'total', count });
      count = 0;
      return;
    }
    count += message.by ?? 1;
    if (message.type === 'ping') port.postMessage({ type: 'pong' });
  });
}

function start(role, port) {
  const options = { workerData: { role, port }, transferList: [port] };
  return new Worker(new URL(import.meta.url), options);
}

async function main() {
  const [mode, messagesText] = process.argv.slice(2);
  const messages = Number(messagesText);
  const { port1, port2 } = new MessageChannel();
  const from = start('sender', port1);
  const to = start('receiver', port2);
  const run = () =>
    new Promise((resolve) => {
      from.once('message', resolve);
      from.postMessage({ mode, messages }, NO_TRANSFER);
    });
  await serveSamples('MessagePort, 2 threads', WARMUPS, run);
  await Promise.all([from.terminate(), to.terminate()]);
}

if (isMainThread) await main();
else (workerData.role === 'sender' ? sender : receiver)(workerData.port);
