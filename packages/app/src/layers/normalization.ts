import { element, expression } from '@ganglion/gpu';
import type { SegmentBuilder, Tensor } from '@ganglion/gpu';

import type { Layer, ParameterDefinition } from '../definition/layers.js';
import { refuseUnknownKeys, requireInteger } from '../options.js';
import { FEATURES_MAX, requireLast } from './linear.js';

/** How a norm differs from the usual one. */
export interface NormOptions {
  /** False for a scale alone; an RMS norm has no bias. @default true */
  readonly bias?: boolean;
  /** Added to the variance. @default 1e-5 */
  readonly epsilon?: number;
}

const SCALED = expression((x, scale) => element.multiply(x, scale));
const MOVED = expression((x, scale, bias) => element.add(element.multiply(x, scale), bias));

/**
 * Rows of mean 0 and variance 1 along the last axis, times a scale that begins as ones, plus a bias
 * that begins as zeros (Ba et al. 2016).
 * @throws AppError APP_OPTION_INVALID
 */
export function layerNorm(size: number, options: NormOptions = {}): Layer {
  refuseUnknownKeys('layerNorm', options, ['bias', 'epsilon']);
  const { bias = true, epsilon = 1e-5 } = options;
  return norm('layerNorm', size, { centered: true, bias, epsilon });
}

/**
 * Rows of mean square 1 along the last axis, times a scale that begins as ones (Zhang and Sennrich
 * 2019).
 * @throws AppError APP_OPTION_INVALID
 */
export function rmsNorm(size: number, options: Pick<NormOptions, 'epsilon'> = {}): Layer {
  refuseUnknownKeys('rmsNorm', options, ['epsilon']);
  const { epsilon = 1e-5 } = options;
  return norm('rmsNorm', size, { centered: false, bias: false, epsilon });
}

interface Norm {
  readonly centered: boolean;
  readonly bias: boolean;
  readonly epsilon: number;
}

function norm(kind: string, size: number, { centered, bias, epsilon }: Norm): Layer {
  requireInteger(`size of ${kind}`, size, { min: 1, max: FEATURES_MAX });
  const parameters: readonly ParameterDefinition[] = [
    { name: 'scale', shape: [size], initialiser: { kind: 'ones' } },
    ...(bias ? [{ name: 'bias', shape: [size], initialiser: { kind: 'zeros' } as const }] : []),
  ];
  return Object.freeze({
    kind,
    description: { size },
    parameters,
    build: (builder: SegmentBuilder, input: Tensor): Tensor => {
      requireLast(`${kind}(${size})`, input, size);
      const { out } = builder.normalize(input, { centered, epsilon });
      const weights = parameters.map(({ name, shape }) => builder.parameter(name, shape));
      return builder.map(bias ? MOVED : SCALED, [out, ...weights])[0] as Tensor; // one result
    },
  });
}
