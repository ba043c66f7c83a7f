import { createActorSystem, describeEvent, supervisor, child } from '@ganglion/actors';
import type { ActorSystem } from '@ganglion/actors';
import { deviceSupervisor, KernelActor } from '@ganglion/actors/devices';
import { element, expression } from '@ganglion/gpu';
import type { Program } from '@ganglion/gpu/contract';
import { createHostArena } from '@ganglion/memory';
import type { Block } from '@ganglion/memory';
import { afterEach, expect, test } from 'vitest';

const DONE = 0;
const NOT_LOADED = 1;
const module = new URL('../dist/fixtures/plain-device.js', import.meta.url).href;
const shape = [4];
const ADD: Program = {
  values: [
    { shape, dtype: 'f32', role: 'input' },
    { shape, dtype: 'f32', role: 'input' },
    { shape, dtype: 'f32', role: 'output' },
  ],
  ops: [{
    kind: 'map',
    expression: expression((x, y) => element.add(x, y)),
    inputs: [0, 1],
    outs: [2],
  }],
};

const block = (offset: number, sizeBytes: number): Block => ({
  arena: 1,
  offset,
  sizeBytes,
  generation: 1,
});

let system: ActorSystem;
const lines: string[] = [];

afterEach(() => system.stop());

test('kernel actors run programs on arena memory; a restarted one has none', async () => {
  const arena = createHostArena({ id: 1, sizeBytes: 1_048_576 });
  system = await createActorSystem({
    workers: 2,
    maxActors: 100,
    heapMiB: 32,
    arenas: [arena],
    onEvent: (event) => lines.push(describeEvent(event) ?? ''),
  });
  const memory = [block(65_536, 65_536), block(131_072, 65_536)];
  const device = deviceSupervisor({ backend: { module, name: 'device' }, workers: 2, memory });
  const tree = await system.supervise('GPU', supervisor({ children: [child('cpu', device)] }));
  const floats = new Float32Array(arena.memory.buffer);
  floats.set([1, 2, 3, 4], 0);
  floats.set([10, 20, 30, 40], 16);
  const bindings = [
    [block(0, 16), block(64, 16), block(128, 16)],
    [block(64, 16), block(64, 16), block(192, 16)],
  ];
  for (const worker of [0, 1]) {
    const kernel = tree.ref(`cpu/kernel-${worker}`, KernelActor);
    floats.fill(0, 32, 64);
    expect(await kernel.ask.load({ id: 3, program: ADD, bindings })).toEqual({ temporaryBytes: 0 });
    expect(await kernel.ask.run({ program: 3, bindings: 0 })).toBe(DONE);
    expect([...floats.subarray(32, 36)]).toEqual([11, 22, 33, 44]);
    expect(await kernel.ask.run({ program: 3, bindings: 1 })).toBe(DONE);
    expect([...floats.subarray(48, 52)]).toEqual([20, 40, 60, 80]);
    expect(await kernel.ask.run({ program: 3, bindings: 2 })).toBe(NOT_LOADED);
    expect(await kernel.ask.info()).toMatchObject({ backend: 'cpu', programs: 1 });
    expect(await kernel.ask.unload({ program: 3 })).toBe(DONE);
    expect(await kernel.ask.unload({ program: 3 })).toBe(NOT_LOADED);
    await kernel.ask.load({ id: 4, program: ADD, bindings });
    system.exit(kernel, 'killed');
    await expect.poll(() => kernel.incarnation).toBe(2);
    expect(await kernel.ask.run({ program: 4, bindings: 0 })).toBe(NOT_LOADED);
  }
});

test('ACTORS_START_FAILED names what is wrong with the backend or its memory', async () => {
  system = await createActorSystem({
    workers: 1,
    maxActors: 100,
    heapMiB: 8,
    onEvent: () => undefined,
  });
  const start = (name: string, memory: readonly Block[]): Promise<unknown> =>
    system.supervise('GPU', deviceSupervisor({ backend: { module, name }, workers: 1, memory }));
  await expect(start('nothing', [block(0, 64)])).rejects.toThrow(
    'exports no backend factory under the name nothing',
  );
  await expect(start('device', [block(0, 64)])).rejects.toThrow(
    'the system has no arena 1 (option arenas)',
  );
  expect(() =>
    deviceSupervisor({ backend: { module, name: 'device' }, workers: 1, memory: [] }),
  ).toThrow('kernel-0 has no memory');
});
