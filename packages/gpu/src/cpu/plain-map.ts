import type { Op, Program, ValueId } from '../contract.js';
import { erfF32, expF32, logF32, tanhF32 } from '../elementary.js';
import type { MapLoop } from './map-loop.js';
import { mapLoop } from './map-loop.js';
import type { StripFunction, StripStep } from './map-schedule.js';
import { scheduleMap } from './map-schedule.js';

/**
 * Maps in plain TypeScript: the strip executor of KERNELS-K7, which keeps a strip of every
 * intermediate number in the first cache. Trusts the program (VALIDATE-1); `as` stands where an
 * index is in range for that reason.
 */

/** Elements of one strip: 1 KiB of each register. */
const STRIP = 256;

/** Where a strip of a place begins. Both change from strip to strip. */
interface Place {
  data: Float32Array;
  at: number;
}

type Run = (target: Place, of: readonly Place[], count: number) => void;

/** Runs one map on the views of its values. */
export function mapStep(
  program: Program,
  { expression, inputs, outs }: Op & { kind: 'map' },
): (views: readonly Float32Array[]) => void {
  const shapeOf = (id: ValueId): readonly number[] => program.values[id]?.shape ?? [];
  const loop = mapLoop(shapeOf(outs[0] ?? -1), inputs.map(shapeOf));
  const { constants, registers, steps } = scheduleMap(expression);
  const places: Place[] = [...inputs, ...outs].map(() => ({ data: new Float32Array(0), at: 0 }));
  for (let register = 0; register < registers; register += 1) {
    const data = new Float32Array(STRIP);
    places.push({ data: data.fill(constants[register] ?? 0), at: 0 });
  }
  const spread = loop.inputs.map(({ step }) => (step === 0 ? new Float32Array(STRIP) : undefined));
  const runs = steps.map((step) => bindStep(step, places));
  const strip = (from: number, to: number, views: readonly Float32Array[], firsts: Int32Array) => {
    inputs.forEach((id, input) => {
      const place = places[input] as Place;
      const held = spread[input];
      const first = firsts[input] as number;
      if (held === undefined) {
        place.data = views[id] as Float32Array;
        place.at = first + from;
      } else {
        place.data = held.fill((views[id] as Float32Array)[first] as number, 0, to - from);
      }
    });
    outs.forEach((id, out) => {
      const place = places[inputs.length + out] as Place;
      place.data = views[id] as Float32Array;
      place.at = (firsts[inputs.length] as number) + from;
    });
    for (const run of runs) run(to - from);
  };
  return (views) => {
    eachRow(loop, (firsts) => {
      for (let from = 0; from < loop.length; from += STRIP) {
        strip(from, Math.min(from + STRIP, loop.length), views, firsts);
      }
    });
  };
}

function bindStep({ function: name, target, of }: StripStep, places: readonly Place[]) {
  const run = RUNS[name];
  const to = places[target] as Place;
  const from = of.map((place) => places[place] as Place);
  return (count: number): void => run(to, from, count);
}

/** Calls `row` with the first element of every input, and of the outs, in each row. */
function eachRow({ sizes, inputs, length }: MapLoop, row: (firsts: Int32Array) => void): void {
  const rows = sizes.reduce((product, size) => product * size, 1);
  const index = new Int32Array(sizes.length);
  const firsts = new Int32Array(inputs.length + 1);
  for (let done = 0; done < rows; done += 1) {
    firsts[inputs.length] = done * length;
    row(firsts);
    for (let axis = sizes.length - 1; axis >= 0; axis -= 1) {
      const size = sizes[axis] as number;
      const wraps = (index[axis] as number) + 1 === size;
      index[axis] = wraps ? 0 : (index[axis] as number) + 1;
      inputs.forEach(({ strides }, input) => {
        const stride = strides[axis] as number;
        firsts[input] = (firsts[input] as number) + (wraps ? stride * (1 - size) : stride);
      });
      if (!wraps) break;
    }
  }
}

function one(each: (x: number) => number): Run {
  return (target, [x], count) => {
    const { data, at } = target;
    const { data: xs, at: xAt } = x as Place;
    for (let i = 0; i < count; i += 1) data[at + i] = each(xs[xAt + i] as number);
  };
}

function two(each: (x: number, y: number) => number): Run {
  return (target, [x, y], count) => {
    const { data, at } = target;
    const { data: xs, at: xAt } = x as Place;
    const { data: ys, at: yAt } = y as Place;
    for (let i = 0; i < count; i += 1) {
      data[at + i] = each(xs[xAt + i] as number, ys[yAt + i] as number);
    }
  };
}

const pick: Run = (target, [x, y, a, b], count) => {
  const [{ data: xs, at: xAt }, { data: ys, at: yAt }] = [x as Place, y as Place];
  for (let i = 0; i < count; i += 1) {
    const from = ((xs[xAt + i] as number) > (ys[yAt + i] as number) ? a : b) as Place;
    target.data[target.at + i] = from.data[from.at + i] as number;
  }
};

const RUNS: Readonly<Record<StripFunction, Run>> = {
  copy: one((x) => x),
  add: two((x, y) => x + y),
  subtract: two((x, y) => x - y),
  multiply: two((x, y) => x * y),
  divide: two((x, y) => x / y),
  squareRoot: one(Math.sqrt),
  exp: one(expF32),
  log: one(logF32),
  tanh: one(tanhF32),
  erf: one(erfF32),
  relu: one((x) => (x < 0 ? 0 : x)),
  pick,
};
