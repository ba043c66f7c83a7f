import type { SegmentBuilder, Tensor } from '@ganglion/gpu';

import { MAX_LAYERS } from '../definition/layers.js';
import type { Layer } from '../definition/layers.js';
import { requireInteger } from '../options.js';

/**
 * x + the layers of x, one after the other, as one layer of the tree; they give the shape that they
 * take. Parameters are called `<index>.<name>`.
 * @throws AppError APP_OPTION_INVALID for no layer or too many.
 */
export function residual(...layers: readonly Layer[]): Layer {
  requireInteger('layers of residual', layers.length, { min: 1, max: MAX_LAYERS });
  return Object.freeze({
    kind: 'residual',
    description: layers.map(({ kind, description }) => ({ kind, description })),
    parameters: layers.flatMap(({ parameters }, index) =>
      parameters.map((parameter) => ({ ...parameter, name: `${index}.${parameter.name}` }))),
    build: (builder: SegmentBuilder, input: Tensor): Tensor => {
      let output = input;
      for (const [index, layer] of layers.entries()) {
        output = layer.build({
          ...builder,
          parameter: (name, shape) => builder.parameter(`${index}.${name}`, shape),
        }, output);
      }
      return builder.add(input, output);
    },
  });
}
