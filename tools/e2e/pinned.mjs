/** The addon's pinning as a component of a system, and an actor that shows what it did. */
import { readFileSync } from 'node:fs';
import { actor, pinning, reply, value } from '../../packages/actors/dist/index.js';
import { native } from '../../native/dist/index.js';

export const Pinned = pinning(import.meta.url, 'Pinned', () => native().pinning);

/** The CPUs on which the calling thread may run, as a list like 0-3,8. */
export function allowedCpus() {
  const status = readFileSync('/proc/thread-self/status', 'utf8');
  return /^Cpus_allowed_list:\s*(.*)$/m.exec(status)[1];
}

export const Where = actor(import.meta.url, 'Where', {
  init: () => undefined,
  messages: { cpus: reply(value()) },
  receive: {
    cpus: (_self, message) => message.reply(allowedCpus()),
  },
});
