import { ActorsError } from '@ganglion/actors';
import type { LoadRequest } from '@ganglion/actors/devices';
import { cpu } from '@ganglion/gpu';
import type { Backend, Executable, Slot } from '@ganglion/gpu/contract';
import { createAllocator, createHostArena } from '@ganglion/memory';
import type { HostArena } from '@ganglion/memory';
import { describe, expect, it } from 'vitest';

import { AppError } from '../errors.js';
import { small } from '../fixtures/small.js';
import { SampleOrder } from '../sample-order.js';
import { fillBatch } from '../store/batch.js';
import { dataMemory } from '../store/data-memory.js';
import { fillInitialWeights } from '../store/initial-weights.js';
import { planRun } from '../store/run-plan.js';
import { Store } from '../store/store.js';
import { referenceRun } from '../testing/reference-run.js';
import { Coordinator } from './coordinator.js';
import type { KernelPeer, LayerPeer, Peers } from './coordinator.js';

/** A kernel actor without a thread, which can be made to fail. */
class FakeKernel implements KernelPeer {
  incarnation = 1;
  loads = 0;
  runs: number[] = [];
  /** Called before each run; what it throws is the run's failure. */
  onRun: (program: number, count: number) => void = () => undefined;
  readonly #backend: Backend;
  readonly #programs = new Map<number, [Executable, readonly (readonly Slot[])[]]>();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  readonly ask: KernelPeer['ask'] = {
    load: async ({ id, program, bindings }: LoadRequest) => {
      this.loads += 1;
      const slots = bindings.map((set) =>
        set.map((block) => (block === null ? -1 : this.#backend.wrap(block))));
      this.#programs.set(id, [this.#backend.compile(program), slots]);
    },
    run: async ({ program, bindings }) => {
      this.runs.push(program);
      this.onRun(program, this.runs.length);
      const [executable, slots] = this.#programs.get(program) ?? [];
      if (executable === undefined) return 1;
      this.#backend.launch(executable, slots?.[bindings] ?? []);
      return 0;
    },
  };

  /** A restart: the programs are gone. */
  restart(): void {
    this.incarnation += 1;
    this.#programs.clear();
  }
}

class FakeLayer implements LayerPeer {
  incarnation = 1;
  running = true;
  asked = 0;
  readonly ask: LayerPeer['ask'];

  constructor(segment: Awaited<ReturnType<LayerPeer['ask']['segment']>>) {
    this.ask = {
      segment: async () => {
        this.asked += 1;
        return segment;
      },
    };
  }
}

interface Stage {
  readonly store: Store;
  readonly coordinator: Coordinator;
  /** Of the next incarnation. */
  successor(): Coordinator;
  readonly kernels: readonly FakeKernel[];
  readonly layers: readonly FakeLayer[];
  readonly peers: Peers;
}

function backendOf(arena: HostArena, offset: number, sizeBytes: number): Backend {
  return cpu()({ arenas: [arena], allocator: createAllocator({ arena, offset, sizeBytes }) });
}

async function setUp(): Promise<Stage> {
  const plan = planRun(small, 2);
  const arena = createHostArena({ id: 0, sizeBytes: plan.sizeBytes });
  const store = Store.create(arena, plan.blocks, 0);
  await small.data.load(dataMemory(store), { module: '' });
  fillInitialWeights(store, plan.network.parameters, small.seed);
  const { seed, batch } = small;
  const order = new SampleOrder({ seed, batch, training: plan.sizes.training });
  const kernels = plan.blocks.kernels.map(({ device }) =>
    new FakeKernel(backendOf(arena, device.offset, device.sizeBytes)));
  const layers = plan.network.segments.map((segment) => new FakeLayer(segment));
  const loader = {
    ask: {
      batch: async ({ step }: { readonly step: number }): Promise<number> => {
        fillBatch(store, order, step);
        return step;
      },
    },
  };
  const successor = (): Coordinator =>
    new Coordinator(store, { shape: plan.shape, sizes: plan.sizes });
  const coordinator = successor();
  return { store, coordinator, successor, kernels, layers, peers: { kernels, layers, loader } };
}

const always = (): boolean => true;
const restarted = (): never => {
  throw new ActorsError('ACTORS_RESTARTED', 'it was killed');
};

async function expectedHash(steps: number): Promise<string> {
  return (await referenceRun({ definition: small, kernels: 1, steps })).weightsHash;
}

describe('coordinator', () => {
  it('takes the steps of the run without actors', async () => {
    const { coordinator, peers, store } = await setUp();
    const advance = await coordinator.advance(peers, 5, always);
    expect(advance).toMatchObject({ step: 5, linked: 1, redone: 0 });
    const expected = await referenceRun({ definition: small, kernels: 1, steps: 5 });
    expect(store.weightsHash()).toBe(expected.weightsHash);
    expect([1, 2, 3, 4, 5].map((step) => store.lossOf(step))).toEqual(expected.losses);
  });

  it('STORE-3: keeps the losses of steps that an earlier incarnation took', async () => {
    const { coordinator, peers, store, successor } = await setUp();
    let calls = 0;
    await coordinator.advance(peers, 5, () => {
      calls += 1;
      return calls < 10;
    });
    expect(store.committed).toBeGreaterThan(0);
    expect(store.committed).toBeLessThan(5);
    await successor().advance(peers, 5, always);
    const { losses } = await referenceRun({ definition: small, kernels: 1, steps: 5 });
    expect([1, 2, 3, 4, 5].map((step) => store.lossOf(step))).toEqual(losses);
  });

  it.each([0, 1])('COORDINATOR-1: does a step again that was lost in program %i', async (lost) => {
    const { coordinator, peers, store, kernels } = await setUp();
    const [first, second] = kernels;
    if (first === undefined || second === undefined) throw new Error('no kernels');
    let failures = 0;
    first.onRun = (program) => {
      if (program !== lost || store.committed !== 2 || failures === 3) return;
      failures += 1;
      first.restart();
      restarted();
    };
    expect(await coordinator.advance(peers, 5, always)).toMatchObject({ step: 5, redone: 3 });
    expect(store.weightsHash()).toBe(await expectedHash(5));
    expect(first.loads).toBe(4 * second.loads);
  });

  it('loads programs again that a restart lost between two steps', async () => {
    const { coordinator, peers, store, kernels } = await setUp();
    await coordinator.advance(peers, 2, always);
    kernels[1]?.restart();
    expect(await coordinator.advance(peers, 4, always)).toMatchObject({ linked: 0, redone: 0 });
    expect(store.weightsHash()).toBe(await expectedHash(4));
  });

  it('loads programs again of a kernel actor that answers that it has none', async () => {
    const { coordinator, peers, store, kernels } = await setUp();
    await coordinator.advance(peers, 2, always);
    const [first] = kernels;
    if (first === undefined) throw new Error('no kernels');
    first.restart();
    first.incarnation -= 1; // the restart was not seen yet
    expect(await coordinator.advance(peers, 4, always)).toMatchObject({ step: 4, redone: 1 });
    expect(store.weightsHash()).toBe(await expectedHash(4));
  });

  it('COORDINATOR-2: an incarnation that has ended commits nothing more', async () => {
    for (const lastProgram of [0, 1]) {
      const { coordinator, peers, store, kernels } = await setUp();
      let current = true;
      for (const kernel of kernels) {
        kernel.onRun = (program) => {
          if (program === lastProgram && store.committed === 2) current = false;
        };
      }
      const advance = await coordinator.advance(peers, 5, () => current);
      expect(advance.step).toBe(2);
      expect(kernels[0]?.runs.at(-1)).toBe(lastProgram);
    }
  });

  it('COORDINATOR-3: links again when a layer actor came back, or is down', async () => {
    const { coordinator, peers, layers } = await setUp();
    await coordinator.advance(peers, 2, always);
    const [first] = layers;
    if (first === undefined) throw new Error('no layers');
    first.incarnation = 2;
    expect(await coordinator.advance(peers, 4, always)).toMatchObject({ linked: 1 });
    first.running = false;
    expect(await coordinator.advance(peers, 6, always)).toMatchObject({ linked: 2 });
    expect(first.asked).toBe(4);
  });

  it('gives up on what is no restart, and on a step that is lost too often', async () => {
    const { coordinator, peers, kernels, store } = await setUp();
    const [first] = kernels;
    if (first === undefined) throw new Error('no kernels');
    first.onRun = (_, count) => {
      if (count === 3) throw new Error('the device is on fire');
    };
    const failed = coordinator.advance(peers, 5, always);
    await expect(failed).rejects.toThrow(AppError);
    await expect(failed).rejects.toThrow('step 2 failed: the device is on fire');
    first.onRun = restarted;
    await expect(coordinator.advance(peers, 5, always)).rejects.toThrow(
      'step 2 failed: it was killed');
    expect(store.committed).toBe(1);
  });

  it('predicts the held-out samples, again if an actor is lost', async () => {
    const { coordinator, peers, kernels } = await setUp();
    const { accuracy } = await referenceRun({ definition: small, kernels: 1, steps: 3 });
    await coordinator.advance(peers, 3, always);
    const [first] = kernels;
    if (first === undefined) throw new Error('no kernels');
    let lost = false;
    first.onRun = (program) => {
      if (program < 2 || lost) return;
      lost = true;
      restarted();
    };
    expect(await coordinator.evaluate(peers, always)).toBe(Math.round(accuracy * 300));
    expect(lost).toBe(true);
  });
});
