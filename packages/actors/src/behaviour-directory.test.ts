import { expect, test } from 'vitest';
import { actor } from './behaviour.js';
import type { AnyBehaviour } from './contract/behaviour.js';
import { BehaviourDirectory } from './behaviour-directory.js';
import { MAX_BEHAVIOURS } from './limits.js';
import { SystemMemory } from './memory.js';
import { steppedDefaults } from './testing/index.js';

const named = (name: string, module = 'file:///m.js'): AnyBehaviour =>
  actor(module, name, { state: {}, messages: {}, receive: {} });

function regionOf(): SystemMemory['region'] {
  return new SystemMemory({ ...steppedDefaults, maxActors: 1, slots: 256, node: 0 }).region;
}

test('what one thread publishes, another finds under the same index', () => {
  const region = regionOf();
  const [here, there] = [new BehaviourDirectory(region), new BehaviourDirectory(region)];
  expect([here.indexOf(named('A')), here.indexOf(named('B'))]).toEqual([0, 1]);
  expect([
    there.indexOf(named('B')),
    there.indexOf(named('A')),
    there.indexOf(named('A', 'file:///x.js')),
  ]).toEqual([1, 0, 2]);
  expect(here.at(2)).toEqual({ module: 'file:///x.js', name: 'A' });
  expect(here.at(3)).toEqual({ module: '', name: 'unpublished' });
});

test('ACTORS_DEFINITION_INVALID: too long a name, too many behaviours', () => {
  const directory = new BehaviourDirectory(regionOf());
  expect(() => directory.indexOf(named('A', `file:///${'x'.repeat(1_000)}`))).toThrow(
    'URL and name take 1009 bytes, at most 1008 fit',
  );
  for (let n = 0; n < MAX_BEHAVIOURS; n++) directory.indexOf(named(`B${n}`));
  expect(() => directory.indexOf(named('C'))).toThrow(
    'behaviour C is number 1025, at most 1024 fit',
  );
});
