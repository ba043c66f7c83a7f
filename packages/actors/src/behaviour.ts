/** Making behaviours. Their types are in contract/behaviour.ts. */
import type {
  AnyBehaviour,
  Behaviour,
  BehaviourCode,
  Handler,
  IsolateDefinition,
  SharedDefinition,
} from './contract/behaviour.js';
import type { Fields, Messages, StateView } from './contract/messages.js';
import { ActorsError } from './errors.js';

/**
 * Declares a behaviour. `module` is the `import.meta.url` of the module that exports the result
 * under `name`.
 * @throws ActorsError ACTORS_DEFINITION_INVALID, ACTORS_NOT_SUPPORTED for a generator as
 * init or terminate.
 */
export function actor<const F extends Fields, const M extends Messages>(
  module: string,
  name: string,
  definition: SharedDefinition<F, M>,
): Behaviour<M, Partial<StateView<F>> | undefined>;
export function actor<S, A, const M extends Messages>(
  module: string,
  name: string,
  definition: IsolateDefinition<S, A, M>,
): Behaviour<M, unknown extends A ? undefined : A>;
export function actor(
  module: string,
  name: string,
  definition: SharedDefinition<Fields, Messages> | IsolateDefinition<unknown, unknown, Messages>,
): Behaviour {
  checkDefinition(name, definition);
  const shared = 'state' in definition;
  const code = Object.freeze({
    state: shared ? definition.state : undefined,
    receive: definition.receive as Readonly<Record<string, Handler>>,
    mailbox: definition.mailbox ?? 'refuse',
    init: shared ? undefined : (definition.init as BehaviourCode['init']),
    terminate: shared ? undefined : (definition.terminate as BehaviourCode['terminate']),
    down: definition.down as BehaviourCode['down'],
    exited: definition.exited as BehaviourCode['exited'],
    returned: definition.returned as BehaviourCode['returned'],
  });
  return Object.freeze({ module, name, messages: definition.messages, code });
}

const OVERFLOWS: readonly unknown[] = ['refuse', 'dropNewest', undefined];
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
/** What the objects behind `tell` and `ask` have besides the messages. */
const RESERVED: readonly string[] = ['low', 'high', 'constructor', 'then', '__proto__'];

const PARTS: readonly string[] = [
  'state', 'init', 'messages', 'receive', 'terminate', 'down', 'exited', 'returned',
  'mailbox',
];

function checkDefinition(name: string, definition: object): void {
  const parts = definition as Readonly<
    Record<string, Readonly<Record<string, unknown>> | undefined>
  >;
  const refuse = (text: string): never => {
    throw new ActorsError('ACTORS_DEFINITION_INVALID', `behaviour ${name}: ${text}`);
  };
  if (!IDENTIFIER.test(name))
    refuse('its name must be the identifier that its module exports');
  if ('state' in parts === 'init' in parts) refuse('it needs either state or init');
  for (const part of Object.keys(parts)) {
    if (!PARTS.includes(part))
      refuse(`unknown part "${part}"`);
  }
  for (const part of ['init', 'terminate']) {
    if (!/Generator/.test(parts[part]?.constructor.name ?? '')) continue;
    throw new ActorsError('ACTORS_NOT_SUPPORTED', `behaviour ${name}: a generator as ${part}`);
  }
  for (const event of ['down', 'exited', 'returned']) {
    const handler: unknown = parts[event];
    if (handler !== undefined && typeof handler !== 'function')
      refuse(`${event} is ${typeof handler}, must be a function`);
    if (typeof handler === 'function' && handler.constructor.name !== 'Function')
      refuse(`${event} is asynchronous or a generator, and must be a plain function`);
  }
  if (!OVERFLOWS.includes(parts['mailbox']))
    refuse(`mailbox is ${String(parts['mailbox'])}; it must be 'refuse' or 'dropNewest'`);
  const messages = Object.keys(parts['messages'] ?? {});
  const handlers = parts['receive'] ?? {};
  for (const message of messages) {
    if (!IDENTIFIER.test(message) || RESERVED.includes(message))
      refuse(`"${message}" cannot name a message`);
    const handler = handlers[message];
    if (typeof handler !== 'function') refuse(`message ${message} has no handler`);
  }
  for (const handler of Object.keys(handlers)) {
    if (!messages.includes(handler)) refuse(`handler ${handler} has no message`);
  }
}

/** True for what `actor` returned, in whichever copy of this package. */
export function isBehaviour(candidate: unknown): candidate is AnyBehaviour {
  return (
    typeof candidate === 'object' &&
    candidate !== null &&
    'module' in candidate &&
    'name' in candidate &&
    'messages' in candidate &&
    'code' in candidate
  );
}
