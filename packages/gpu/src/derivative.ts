import type { ElementFunction, Expression } from './contract.js';
import { GpuError } from './errors.js';
import type { Term } from './expression.js';
import {
  element, inputTerm, MAX_EXPRESSION_STEPS, MAX_EXPRESSION_VALUES, termsOf, traceTerms,
} from './expression.js';

/**
 * The gradient of an expression as another expression: the chain rule over its steps, from the last
 * to the first.
 *
 * DERIVATIVE-1: gradients of a number that is read more than once are added in the order in which
 *   the reading steps are undone.
 * DERIVATIVE-2: pick passes the gradient to the number that it picked and none to what it compared;
 *   relu has derivative 0 at 0.
 */

const { add, divide, exp, multiply, negate, pick } = element;
const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

/** What reads a step, its own number `out` and the gradient `g` of that. */
type Rule = (of: readonly Term[], out: Term, g: Term) => readonly (Term | undefined)[];

/** For each function the gradients of the numbers that it reads; undefined where none flows. */
const RULES: Readonly<Record<ElementFunction, Rule>> = {
  add: (_of, _out, g) => [g, g],
  subtract: (_of, _out, g) => [g, negate(g)],
  multiply: ([x, y], _out, g) => [multiply(g, y as Term), multiply(g, x as Term)],
  divide: ([, y], out, g) => {
    const byX = divide(g, y as Term);
    return [byX, negate(multiply(byX, out))];
  },
  squareRoot: (_of, out, g) => [divide(g, multiply(2, out))],
  exp: (_of, out, g) => [multiply(g, out)],
  log: ([x], _out, g) => [divide(g, x as Term)],
  tanh: (_of, out, g) => [multiply(g, element.subtract(1, multiply(out, out)))],
  erf: ([x], _out, g) => [
    multiply(g, multiply(TWO_OVER_ROOT_PI, exp(negate(multiply(x as Term, x as Term))))),
  ],
  relu: (_of, out, g) => [pick(out, 0, g, 0)],
  pick: ([x, y], _out, g) => [
    undefined, undefined, pick(x as Term, y as Term, g, 0), pick(x as Term, y as Term, 0, g),
  ],
};

/** An input of the expression derived, its result, or the gradient of its result. */
export type DerivativeRead = number | 'out' | 'upstream';

/** The gradients of some inputs, in one expression. */
export interface Derivative {
  /** What the expression is given, in order. */
  readonly reads: readonly DerivativeRead[];
  /** Result i is the gradient of input `inputs[i]`. */
  readonly inputs: readonly number[];
  readonly expression: Expression;
}

/** The gradients of an expression's inputs. */
export interface Derivatives {
  /** Inputs whose gradient is that of the result itself. */
  readonly passed: readonly number[];
  readonly derivatives: readonly Derivative[];
}

/**
 * Of the only result of `of`, by each input among `wanted` that it depends on: in one expression,
 * or in several where one would be over the limits.
 * @throws GpuError GPU_NOT_SUPPORTED where the gradient by one input alone is over them.
 */
export function derive(of: Expression, wanted: readonly number[]): Derivatives {
  const out = inputTerm(of.inputs);
  const upstream = inputTerm(of.inputs + 1);
  const inputs = Array.from({ length: of.inputs }, (_, index) => inputTerm(index));
  const gradients = gradientsOf(of, termsOf(of, inputs), out, upstream);
  const passed = wanted.filter((input) => gradients.get(input) === upstream);
  const found = wanted.flatMap((input) => {
    const gradient = gradients.get(input);
    return gradient === undefined || gradient === upstream ? [] : [{ input, gradient }];
  });
  if (found.length === 0) return { passed, derivatives: [] };
  const whole = traceTerms(of.inputs + 2, found.map(({ gradient }) => gradient));
  const derivative = { inputs: found.map(({ input }) => input), ...compact(whole, of.inputs) };
  const reason = overLimit(derivative.expression);
  if (reason === undefined) return { passed, derivatives: [derivative] };
  if (found.length === 1) {
    throw new GpuError('GPU_NOT_SUPPORTED', `the gradient of a map is ${reason}`);
  }
  const half = Math.ceil(found.length / 2);
  const parts = [found.slice(0, half), found.slice(half)].flatMap((part) =>
    derive(of, part.map(({ input }) => input)).derivatives);
  return { passed, derivatives: parts };
}

function overLimit({ inputs, steps, results }: Expression): string | undefined {
  if (steps.length > MAX_EXPRESSION_STEPS) return `an expression of ${steps.length} steps`;
  if (inputs + results.length <= MAX_EXPRESSION_VALUES) return undefined;
  return `an expression of ${inputs} inputs and ${results.length} results`;
}

/** Gradient terms by input index. */
function gradientsOf(
  { steps, results: [result] }: Expression,
  terms: readonly Term[],
  out: Term,
  upstream: Term,
): ReadonlyMap<number, Term> {
  const byNumber = new Map<number, Term>();
  const byInput = new Map<number, Term>();
  if (result !== undefined) byNumber.set(result, upstream);
  for (let number = steps.length - 1; number >= 0; number -= 1) {
    const gradient = byNumber.get(number);
    const step = steps[number];
    if (gradient === undefined || step === undefined || step.kind === 'constant') continue;
    if (step.kind === 'input') {
      flow(byInput, step.index, gradient);
      continue;
    }
    const own = number === result ? out : (terms[number] as Term);
    const read = step.of.map((other) => terms[other] as Term); // checked expression
    RULES[step.kind](read, own, gradient).forEach((part, place) => {
      if (part !== undefined) flow(byNumber, step.of[place] as number, part);
    });
  }
  return byInput;
}

function flow<K>(into: Map<K, Term>, key: K, gradient: Term): void {
  const earlier = into.get(key);
  into.set(key, earlier === undefined ? gradient : add(earlier, gradient));
}

/** Leaves out inputs that no step reads. */
function compact(whole: Expression, inputs: number): Pick<Derivative, 'reads' | 'expression'> {
  const used = [...new Set(whole.steps.flatMap((step) =>
    step.kind === 'input' ? [step.index] : []))].toSorted((a, b) => a - b);
  const steps = whole.steps.map((step) =>
    step.kind === 'input' ? { ...step, index: used.indexOf(step.index) } : step);
  return {
    reads: used.map((index) => {
      if (index < inputs) return index;
      return index === inputs ? 'out' : 'upstream';
    }),
    expression: { ...whole, inputs: used.length, steps },
  };
}
