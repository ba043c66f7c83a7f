import type { Expression, Program, Shape } from '../contract.js';
import { counterRandom, counterUniform } from '../counter-random.js';
import type { Term } from '../expression.js';
import { element, inputTerm, MAX_EXPRESSION_VALUES, traceTerms } from '../expression.js';
import { createTape } from '../tape.js';
import type { Tensor } from '../tensor.js';

/** Random programs of maps that read each other, for properties that hold for all of them. */

/** A stream of whole numbers, the same for the same seed. */
class Draws {
  readonly #seed: number;
  #drawn = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  below(bound: number): number {
    this.#drawn += 1;
    return counterRandom(this.#seed, this.#drawn) % bound;
  }

  unit(): number {
    this.#drawn += 1;
    return counterUniform(this.#seed, this.#drawn);
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T; // in range
  }
}

const ONE = [
  element.negate, element.squareRoot, element.exp, element.log, element.tanh, element.erf,
  element.relu, element.sigmoid, element.silu, element.gelu,
] as const;
const TWO = [
  element.add, element.subtract, element.multiply, element.divide, element.maximum,
  element.minimum,
] as const;

function randomExpression(draws: Draws, inputs: number): Expression {
  const terms: Term[] = Array.from({ length: inputs }, (_, index) => inputTerm(index));
  const operand = (): Term | number =>
    draws.below(7) === 0 ? 4 * draws.unit() - 2 : draws.of(terms);
  for (let steps = 1 + draws.below(14); steps > 0; steps -= 1) {
    const kind = draws.below(10);
    if (kind < 4) terms.push(draws.of(ONE)(operand()));
    else if (kind < 9) terms.push(draws.of(TWO)(operand(), operand()));
    else terms.push(element.pick(operand(), operand(), operand(), operand()));
  }
  const results = 1 + draws.below(Math.min(3, MAX_EXPRESSION_VALUES - inputs));
  return traceTerms(inputs, Array.from({ length: results }, () => draws.of(terms.slice(-4))));
}

const SIZES = [1, 1, 2, 3, 7, 17, 33] as const;

/** A shape that is broadcast to `shape`. */
function smaller(draws: Draws, shape: Shape): Shape {
  return shape.slice(draws.below(shape.length + 1)).map((size) =>
    draws.below(3) === 0 ? 1 : size);
}

/** Up to six maps of up to three results over tensors of up to four dimensions. */
export function randomMaps(seed: number): Program {
  const draws = new Draws(seed);
  const shape = Array.from({ length: draws.below(5) }, () =>
    (draws.below(40) === 0 ? 0 : draws.of(SIZES)));
  const tape = createTape();
  const tensors: Tensor[] = [tape.input(shape)];
  for (let more = draws.below(3); more > 0; more -= 1) {
    tensors.push(tape.input(smaller(draws, shape)));
  }
  for (let maps = 1 + draws.below(6); maps > 0; maps -= 1) {
    const inputs = Array.from({ length: 1 + draws.below(4) }, () => draws.of(tensors));
    tensors.push(...tape.map(randomExpression(draws, inputs.length), inputs));
  }
  tape.output(tensors.at(-1) as Tensor); // a map's result
  return tape.program();
}

/** Numbers of −3 to 3, and now and then one that is not finite or zero. */
export function randomInputs(program: Program, seed: number): Map<number, number[]> {
  const draws = new Draws(seed + 1_000_003);
  const specials = [Number.NaN, Infinity, -Infinity, 0, -0] as const;
  return new Map(program.values.flatMap(({ role, shape }, id): [number, number[]][] => {
    if (role !== 'input') return [];
    const length = shape.reduce((product, size) => product * size, 1);
    return [[id, Array.from({ length }, () =>
      (draws.below(30) === 0 ? draws.of(specials) : 6 * draws.unit() - 3))]];
  }));
}
