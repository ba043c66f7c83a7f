/**
 * The supervision tree of a run: System → GPU, Data, Model (SPEC). Starts it, and finds the actors
 * by their paths.
 */
import { child, supervisor } from '@ganglion/actors';
import type { ActorRef, ActorSystem, SupervisionTree } from '@ganglion/actors';
import { deviceSupervisor, KernelActor } from '@ganglion/actors/devices';

import type { Peers } from '../actors/coordinator.js';
import { DatasetActor, LoaderActor } from '../actors/data.js';
import { LayerActor } from '../actors/layer.js';
import { OptimizerActor } from '../actors/optimizer.js';
import type { LayerInput } from '../definition/network.js';
import { AppError } from '../errors.js';
import type { RunPlan } from '../store/run-plan.js';
import type { ChosenDevice } from './choose-device.js';

/** What the tree is made of. */
export interface RunTreeOptions {
  readonly plan: RunPlan;
  /** URL of the training script. */
  readonly module: string;
  readonly device: ChosenDevice;
  readonly workers: number;
}

/** The actors of a run. */
export interface RunTree {
  readonly peers: Peers;
  /** In order of the model. */
  readonly layers: readonly ActorRef<typeof LayerActor>[];
  readonly dataset: ActorRef<typeof DatasetActor>;
  readonly optimizer: ActorRef<typeof OptimizerActor>;
  /** @throws AppError APP_OPTION_INVALID for a path at which there is no actor. */
  actorAt(path: string): ActorRef;
}

/** Starts the three supervisors one after the other, each when the one before it stands. */
export async function startRunTree(
  system: ActorSystem,
  options: RunTreeOptions,
): Promise<RunTree> {
  const { blocks, network, shape } = options.plan;
  const gpu = await system.supervise('GPU', gpuSupervisor(options));
  const data = await system.supervise('Data', dataSupervisor(options));
  const model = await system.supervise('Model', modelSupervisor(options));
  const actors = new Map<string, ActorRef>();
  const find = <B extends Parameters<SupervisionTree['ref']>[1]>(
    tree: SupervisionTree,
    path: string,
    behaviour: B,
  ): ActorRef<B> => {
    const ref = tree.ref(path, behaviour);
    actors.set(`${tree.name}/${path}`, ref);
    return ref;
  };
  const kernels = blocks.kernels.map((_, kernel) =>
    find(gpu, `cpu/kernel-${kernel}`, KernelActor));
  const dataset = find(data, 'dataset', DatasetActor);
  const loader = find(data, 'loader', LoaderActor);
  const layers = network.names.map((name) => find(model, `layers/${name}`, LayerActor));
  const optimizer = find(model, `optimizer/${shape.optimizer.kind}`, OptimizerActor);
  return {
    peers: { kernels, layers, loader },
    layers,
    dataset,
    optimizer,
    actorAt: (path) => {
      const ref = actors.get(path);
      if (ref !== undefined) return ref;
      const known = [...actors.keys()].join(', ');
      throw new AppError('APP_OPTION_INVALID', `no actor is at ${path}; there are ${known}`);
    },
  };
}

type Spec = ReturnType<typeof supervisor>;

function gpuSupervisor({ plan, device }: RunTreeOptions): Spec {
  const memory = plan.blocks.kernels.map((kernel) => kernel.device);
  const { backend } = device;
  const cpu = deviceSupervisor({ backend, workers: memory.length, memory });
  return supervisor({ children: [child('cpu', cpu)] });
}

function dataSupervisor({ plan, module, workers }: RunTreeOptions): Spec {
  const args = { module, blocks: plan.blocks };
  const worker = workers - 1;
  return supervisor({
    children: [
      child('dataset', DatasetActor, args, { worker }),
      child('loader', LoaderActor, args, { worker }),
    ],
  });
}

function modelSupervisor({ plan, module, workers }: RunTreeOptions): Spec {
  const { network, shape, sizes, blocks } = plan;
  const layers = network.names.map((name, index) => {
    const { inputShape = [], inputDtype } = network.segments[index] ?? {};
    const elements = inputDtype === 'i32' ? 'i32' : 'f32';
    const input: LayerInput = { shape: inputShape, elements };
    const parameters = [...network.parameters.keys()]
      .filter((at) => network.parameters[at]?.layer === index);
    const args = { module, index, input, blocks, parameters };
    return child(name, LayerActor, args, { worker: index % workers });
  });
  const optimizer = child(shape.optimizer.kind, OptimizerActor, { shape, sizes, blocks }, {
    worker: 0,
  });
  return supervisor({
    children: [
      child('layers', supervisor({ children: layers })),
      child('optimizer', supervisor({ children: [optimizer] })),
    ],
  });
}
