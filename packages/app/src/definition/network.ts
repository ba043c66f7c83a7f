/** A definition's model as the run needs it: recorded segments and named parameters. Pure. */
import { GpuError, recordSegment } from '@ganglion/gpu';
import type { GpuErrorCode, ParameterNumbers, Segment } from '@ganglion/gpu';

import { AppError } from '../errors.js';
import type { TrainingDefinition } from './definition.js';
import type { Initialiser, Layer, Model, ParameterDefinition } from './layers.js';

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
  /** For each layer the indices of its parameters; two layers may share one. */
  readonly shared: ParameterNumbers;
}

/**
 * Records every layer for the samples of the definition's data.
 * @throws AppError APP_SHAPE_MISMATCH naming the layer, what it takes and what it is given.
 */
export function recordNetwork(definition: TrainingDefinition): Network {
  const { layers } = definition.model();
  const names = layers.map(nameOfLayer);
  const segments: Segment[] = [];
  const { classes, sampleShape, elements, labelShape = [] } = definition.data;
  let input: LayerInput = { shape: sampleShape, elements: elements ?? 'f32' };
  for (const [index, layer] of layers.entries()) {
    const segment = recordLayer(layer, names[index] ?? '', input);
    segments.push(segment);
    input = { shape: segment.outputShape, elements: 'f32' };
  }
  const needed = [...labelShape, classes].join(', ');
  if (input.shape.join(', ') !== needed) {
    const message = `the model gives samples of shape (${input.shape.join(', ')}), the data have ` +
      `${classes} classes: its last layer must give (${needed})`;
    throw new AppError('APP_SHAPE_MISMATCH', message);
  }
  return { names, segments, ...numberParameters(layers) };
}

/** What one sample is when it comes to a layer. */
export interface LayerInput {
  readonly shape: readonly number[];
  readonly elements: 'f32' | 'i32';
}

/** Parameters that are not another layer's, in order, and which of them each layer has. */
function numberParameters(layers: readonly Layer[]): Pick<Network, 'parameters' | 'shared'> {
  const parameters: NetworkParameter[] = [];
  const shared: number[][] = [];
  for (const [index, layer] of layers.entries()) {
    shared.push(layer.parameters.map((parameter) => {
      const { of } = parameter;
      if (of === undefined) return parameters.push(describeParameter(parameter, index)) - 1;
      const place = of.layer.parameters.findIndex(({ name }) => name === of.name);
      const number = shared[layers.indexOf(of.layer)]?.[place];
      if (number !== undefined) return number;
      const message = `layer ${nameOfLayer(layer, index)} shares ${of.name} of a layer that is ` +
        'not before it in the model';
      throw new AppError('APP_DEFINITION_INVALID', message);
    }));
  }
  return { parameters, shared };
}

/**
 * The segment of one layer, as its actor contributes it. It equals that of `recordNetwork`.
 * @throws AppError APP_DEFINITION_INVALID if there is no such layer.
 */
export function recordLayerAt(
  model: Model,
  index: number,
  input: LayerInput,
): Segment {
  const layer = model.layers[index];
  if (layer !== undefined) return recordLayer(layer, nameOfLayer(layer, index), input);
  const message = `the model has ${model.layers.length} layers, there is no layer ${index}`;
  throw new AppError('APP_DEFINITION_INVALID', message);
}

function nameOfLayer(layer: Layer, index: number): string {
  return `${layer.kind}-${index}`;
}

function recordLayer(layer: Layer, name: string, { shape, elements }: LayerInput): Segment {
  const segment = catchShapes(name, () => recordSegment({
    inputShape: shape,
    inputDtype: elements,
    build: (builder, input) => layer.build(builder, input),
  }));
  const declared = layer.parameters.map(describe).join(', ');
  const recorded = segment.parameters.map(describe).join(', ');
  if (declared === recorded) return segment;
  const message = `layer ${name} declares the parameters ${declared || 'none'} and uses ` +
    `${recorded || 'none'}`;
  throw new AppError('APP_DEFINITION_INVALID', message);
}

const SHAPE_CODES: readonly GpuErrorCode[] = ['GPU_SHAPE_MISMATCH', 'GPU_DTYPE_MISMATCH'];

function catchShapes<T>(name: string, record: () => T): T {
  try {
    return record();
  } catch (error) {
    const isShape = error instanceof AppError
      ? error.code === 'APP_SHAPE_MISMATCH'
      : error instanceof GpuError && SHAPE_CODES.includes(error.code);
    if (!isShape || !(error instanceof Error)) throw error;
    throw new AppError('APP_SHAPE_MISMATCH', `layer ${name}: ${error.message}`, { cause: error });
  }
}

function describe(parameter: { readonly name: string; readonly shape: readonly number[] }): string {
  return `${parameter.name} (${parameter.shape.join(', ')})`;
}

function describeParameter(
  { name, shape, initialiser }: ParameterDefinition,
  layer: number,
): NetworkParameter {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return { name: `${layer}.${name}`, shape, size, layer, initialiser };
}
