import { describe, expectTypeOf, test } from 'vitest';
import { actor } from '../behaviour.js';
import { reply, u32 } from '../kinds.js';
import { child, supervisor, template } from '../supervisor-spec.js';
import type { ActorRef } from './ref.js';
import type { GroupSpec, SimpleSpec, SupervisorSpec } from './supervision.js';
import type {
  ActorPath,
  GroupTree,
  RefAt,
  SimpleTree,
  SpecAt,
  SupervisionTree,
  SupervisorPath,
} from './tree.js';

const Log = actor('file:///log.js', 'Log', {
  state: { lines: u32 },
  messages: { count: reply(u32) },
  receive: { count: (self, message) => message.reply(self.state.lines) },
});
const User = actor('file:///user.js', 'User', {
  init: (_self, user: { readonly name: string }) => user,
  messages: { wave: {} },
  receive: { wave: () => undefined },
});
const users = supervisor({
  strategy: 'simpleOneForOne',
  children: template(User, { restart: 'temporary' }),
});
const rooms = supervisor({ strategy: 'oneForAll', children: [child('hall', Log)] });
const chat = supervisor({
  children: [child('log', Log), child('users', users), child('rooms', rooms)],
});
type Chat = typeof chat;

describe('the type of a specification', () => {
  test('names the actors and supervisors that it lists', () => {
    expectTypeOf<ActorPath<Chat>>().toEqualTypeOf<'log' | 'rooms/hall'>();
    expectTypeOf<SupervisorPath<Chat>>().toEqualTypeOf<'users' | 'rooms'>();
    expectTypeOf<RefAt<Chat, 'log'>>().toEqualTypeOf<ActorRef<typeof Log>>();
    expectTypeOf<RefAt<Chat, 'rooms/hall'>>().toEqualTypeOf<ActorRef<typeof Log>>();
    expectTypeOf<SpecAt<Chat, 'users'>>().toEqualTypeOf<SimpleSpec<typeof User>>();
    expectTypeOf<SupervisionTree<typeof users>>().toEqualTypeOf<SimpleTree<typeof User>>();
    expectTypeOf<SupervisionTree<Chat>>().toEqualTypeOf<GroupTree<Chat>>();
  });

  test('a specification whose type lists nothing gives refs to narrow', () => {
    expectTypeOf<ActorPath<GroupSpec>>().toEqualTypeOf<string>();
    expectTypeOf<RefAt<GroupSpec, 'any'>>().toEqualTypeOf<ActorRef>();
    expectTypeOf<SupervisionTree>().toEqualTypeOf<GroupTree<SupervisorSpec>>();
    expectTypeOf<GroupTree<Chat>>().toExtend<SupervisionTree>();
    expectTypeOf<typeof chat>().toExtend<SupervisorSpec>();
    expectTypeOf<typeof users>().toExtend<SupervisorSpec>();
  });
});

/** Compiled, never called. */
async function calls(tree: SupervisionTree<Chat>, loose: SupervisionTree): Promise<void> {
  expectTypeOf(tree.ref('log')).toEqualTypeOf<ActorRef<typeof Log>>();
  expectTypeOf(tree.ref('users/1', User)).toEqualTypeOf<ActorRef<typeof User>>();
  expectTypeOf(await tree.ref('rooms/hall').ask.count()).toEqualTypeOf<number>();
  const ada = await tree.supervisor('users').startChild({ name: 'ada' });
  expectTypeOf(ada).toEqualTypeOf<ActorRef<typeof User>>();
  await tree.supervisor('users').terminateChild(ada);
  const [info] = await tree.supervisor('users').whichChildren();
  expectTypeOf(info?.ref).toEqualTypeOf<ActorRef<typeof User> | undefined>();
  expectTypeOf(await tree.startChild(child('b', Log))).toEqualTypeOf<ActorRef<typeof Log>>();
  const nested = await tree.startChild(child('more', users));
  expectTypeOf(nested).toEqualTypeOf<SimpleTree<typeof User>>();
  expectTypeOf(loose.ref('log')).toEqualTypeOf<ActorRef>();
  expectTypeOf(loose.supervisor('users', User)).toEqualTypeOf<SimpleTree<typeof User>>();
  // @ts-expect-error a misspelt path
  tree.ref('lok');
  // @ts-expect-error a supervisor is no actor
  tree.ref('users');
  // @ts-expect-error an actor is no supervisor
  tree.supervisor('log');
  // @ts-expect-error the actor at this path has no such message
  tree.ref('log').tell.wave();
  // @ts-expect-error the argument of init has a name
  await tree.supervisor('users').startChild({ nick: 'ada' });
  // @ts-expect-error and is needed
  await tree.supervisor('users').startChild();
  // @ts-expect-error children of a template have no specification
  await tree.supervisor('users').startChild(child('ada', User, { name: 'ada' }));
  // @ts-expect-error listed children are started by their specification
  await tree.supervisor('rooms').startChild({ name: 'ada' });
  // @ts-expect-error an instance cannot be started again
  await tree.supervisor('users').restartChild('1');
  // @ts-expect-error nor deleted: it is gone when it has ended
  await tree.supervisor('users').deleteChild('1');
  // @ts-expect-error a child of another supervisor
  await tree.supervisor('users').terminateChild(tree.ref('log'));
}

test('calls are checked against it', () => {
  expectTypeOf(calls).returns.resolves.toBeVoid();
});
