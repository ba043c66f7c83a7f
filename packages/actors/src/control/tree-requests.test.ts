import { expect, test } from 'vitest';
import { FakeActors, fakeActor } from '../fixtures/fake-actors.js';
import type { Answer, TreeRequest } from '../protocol.js';
import { childDefaults, supervisorDefaults } from '../supervisor-spec.js';
import { TreeRequests } from './tree-requests.js';

const plan = {
  ...supervisorDefaults,
  strategy: 'simpleOneForOne' as const,
  children: [],
  template: childDefaults,
  templateBehaviour: 0,
};

test('a tree is called by its name; the answer goes to the asker only', async () => {
  const actors = new FakeActors();
  const main: unknown[] = [];
  const requests = new TreeRequests((news) => main.push(...news));
  await requests.answer(actors, { kind: 'supervise', request: 1, name: 'Chat', plan });
  requests.flush();
  main.length = 0;
  const answers: Answer[] = [];
  const ask = (root: string, command: Extract<TreeRequest, { kind: 'command' }>['command']) => {
    const asked = { kind: 'command', request: 7, root, path: [], command } as const;
    return requests.answer(actors, asked, (answer) => answers.push(answer));
  };
  await ask('Chat', { kind: 'whichChildren' });
  await ask('Chess', { kind: 'whichChildren' });
  const image = { ...fakeActor.image, behaviour: 1 };
  await ask('Chat', { kind: 'startInstance', actor: { ...fakeActor, image } });
  requests.flush();
  const refused = { kind: 'refused', request: 7 };
  expect(answers).toEqual([
    { kind: 'done', request: 7, result: [] },
    { ...refused, code: 'ACTORS_SUPERVISOR_DOWN', text: 'there is no tree Chess' },
    {
      ...refused,
      code: 'ACTORS_OPTION_INVALID',
      text: 'the children of Chat are of another behaviour',
    },
  ]);
  expect(main).toEqual([]);
});
