/** A definition's model as the run needs it: recorded segments and named parameters. Pure. */
import { GpuError, recordSegment } from '@ganglion/gpu';
import type { Segment } from '@ganglion/gpu';

import { AppError } from '../errors.js';
import type { TrainingDefinition } from './definition.js';
import type { Initialiser, Layer, Model } from './layers.js';

/** One array of weights of a whole network. */
export interface NetworkParameter {
  /** `<layer index>.<name>`, as checkpoints call it. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly size: number;
  readonly layer: number;
  readonly initialiser: Initialiser;
}

/** Layers, segments and parameters, each in order of the layers. */
export interface Network {
  /** Names of the layer actors: `<kind>-<index>`. */
  readonly names: readonly string[];
  readonly segments: readonly Segment[];
  readonly parameters: readonly NetworkParameter[];
}

/**
 * Records every layer for the samples of the definition's data.
 * @throws AppError APP_SHAPE_MISMATCH naming the layer, what it takes and what it is given.
 */
export function recordNetwork(definition: TrainingDefinition): Network {
  const { layers } = definition.model();
  const names = layers.map(nameOfLayer);
  const segments: Segment[] = [];
  let shape: readonly number[] = definition.data.sampleShape;
  for (const [index, layer] of layers.entries()) {
    const segment = recordLayer(layer, names[index] ?? '', shape);
    segments.push(segment);
    shape = segment.outputShape;
  }
  const { classes } = definition.data;
  if (shape.length !== 1 || shape[0] !== classes) {
    const message = `the model gives samples of shape (${shape.join(', ')}), the data have ` +
      `${classes} classes: its last layer must give (${classes})`;
    throw new AppError('APP_SHAPE_MISMATCH', message);
  }
  return { names, segments, parameters: layers.flatMap(parametersOfLayer) };
}

/**
 * The segment of one layer, as its actor contributes it. It equals that of `recordNetwork`.
 * @throws AppError APP_DEFINITION_INVALID if there is no such layer.
 */
export function recordLayerAt(
  model: Model,
  index: number,
  inputShape: readonly number[],
): Segment {
  const layer = model.layers[index];
  if (layer !== undefined) return recordLayer(layer, nameOfLayer(layer, index), inputShape);
  const message = `the model has ${model.layers.length} layers, there is no layer ${index}`;
  throw new AppError('APP_DEFINITION_INVALID', message);
}

function nameOfLayer(layer: Layer, index: number): string {
  return `${layer.kind}-${index}`;
}

function recordLayer(layer: Layer, name: string, inputShape: readonly number[]): Segment {
  const segment = catchShapes(name, () =>
    recordSegment({ inputShape, build: (builder, input) => layer.build(builder, input) }));
  const declared = layer.parameters.map(describe).join(', ');
  const recorded = segment.parameters.map(describe).join(', ');
  if (declared === recorded) return segment;
  const message = `layer ${name} declares the parameters ${declared || 'none'} and uses ` +
    `${recorded || 'none'}`;
  throw new AppError('APP_DEFINITION_INVALID', message);
}

function catchShapes<T>(name: string, record: () => T): T {
  try {
    return record();
  } catch (error) {
    const isShape = error instanceof AppError
      ? error.code === 'APP_SHAPE_MISMATCH'
      : error instanceof GpuError && error.code === 'GPU_SHAPE_MISMATCH';
    if (!isShape || !(error instanceof Error)) throw error;
    throw new AppError('APP_SHAPE_MISMATCH', `layer ${name}: ${error.message}`, { cause: error });
  }
}

function describe(parameter: { readonly name: string; readonly shape: readonly number[] }): string {
  return `${parameter.name} (${parameter.shape.join(', ')})`;
}

function parametersOfLayer(layer: Layer, index: number): NetworkParameter[] {
  return layer.parameters.map(({ name, shape, initialiser }) => ({
    name: `${index}.${name}`,
    shape,
    size: shape.reduce((size, extent) => size * extent, 1),
    layer: index,
    initialiser,
  }));
}
