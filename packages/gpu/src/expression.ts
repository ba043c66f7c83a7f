import type { ElementFunction, ElementStep, Expression } from './contract.js';
import { GpuError } from './errors.js';

/**
 * Expressions: functions of elements, traced from ordinary TypeScript into the plain data that a
 * `map` runs (KERNELS-K1, -K3).
 *
 * EXPRESSION-1: equal terms become one number, so that what is written twice is computed once.
 * EXPRESSION-2: only terms that a result needs become steps, each after what it reads.
 */

/** Inputs and results of one expression: buffers that one kernel may have (KERNELS-K5). */
export const MAX_EXPRESSION_VALUES = 8;
export const MAX_EXPRESSION_STEPS = 256;

/** Numbers that each function reads. */
export const FUNCTION_ARITY: Readonly<Record<ElementFunction, number>> = Object.freeze({
  add: 2,
  subtract: 2,
  multiply: 2,
  divide: 2,
  squareRoot: 1,
  exp: 1,
  log: 1,
  tanh: 1,
  erf: 1,
  relu: 1,
  pick: 4,
});

/** A number that an expression computes for each element. Immutable. */
export interface Term {
  readonly kind: ElementStep['kind'];
  readonly of: readonly Term[];
  /** A constant's value, an input's index, otherwise 0. */
  readonly value: number;
}

/** A term, or a number that stands for a constant of its nearest f32. */
export type TermLike = Term | number;

/** The input `index` of the expression that is traced. */
export function inputTerm(index: number): Term {
  return Object.freeze({ kind: 'input', of: [], value: index });
}

/** @throws GpuError GPU_PROGRAM_INVALID for a number without a finite f32. */
export function constantTerm(value: number): Term {
  const rounded = Math.fround(value) + 0; // one zero
  if (Number.isFinite(rounded)) return Object.freeze({ kind: 'constant', of: [], value: rounded });
  throw new GpuError('GPU_PROGRAM_INVALID', `constant ${value} of an expression is not finite`);
}

function toTerm(term: TermLike): Term {
  return typeof term === 'number' ? constantTerm(term) : term;
}

function apply(kind: ElementFunction, ...of: readonly TermLike[]): Term {
  return Object.freeze({ kind, of: Object.freeze(of.map(toTerm)), value: 0 });
}

type One = (x: TermLike) => Term;
type Two = (x: TermLike, y: TermLike) => Term;

/** The functions of elements that expressions are written with. */
export interface ElementFunctions {
  readonly add: Two;
  readonly subtract: Two;
  readonly multiply: Two;
  readonly divide: Two;
  readonly negate: One;
  readonly squareRoot: One;
  readonly exp: One;
  readonly log: One;
  readonly tanh: One;
  readonly erf: One;
  /** x < 0 ? 0 : x, so NaN stays; its derivative at 0 is 0. */
  readonly relu: One;
  /** x > y ? a : b. */
  readonly pick: (x: TermLike, y: TermLike, a: TermLike, b: TermLike) => Term;
  /** x > y ? x : y: of equal numbers, and where either is NaN, y. */
  readonly maximum: Two;
  /** y > x ? x : y: of equal numbers, and where either is NaN, y. */
  readonly minimum: Two;
  /** 1 / (1 + e^−x). */
  readonly sigmoid: One;
  /** x / (1 + e^−x). */
  readonly silu: One;
  /** x/2 · (1 + erf(x / √2)) (Hendrycks and Gimpel 2016, without approximation). */
  readonly gelu: One;
}

const one = (kind: ElementFunction): One => (x) => apply(kind, x);
const two = (kind: ElementFunction): Two => (x, y) => apply(kind, x, y);
const [add, multiply, divide, exp, erf] =
  [two('add'), two('multiply'), two('divide'), one('exp'), one('erf')];
const negate: One = (x) => multiply(x, -1);

export const element: ElementFunctions = Object.freeze({
  add,
  subtract: two('subtract'),
  multiply,
  divide,
  negate,
  squareRoot: one('squareRoot'),
  exp,
  log: one('log'),
  tanh: one('tanh'),
  erf,
  relu: one('relu'),
  pick: (x: TermLike, y: TermLike, a: TermLike, b: TermLike) => apply('pick', x, y, a, b),
  maximum: (x: TermLike, y: TermLike) => apply('pick', x, y, x, y),
  minimum: (x: TermLike, y: TermLike) => apply('pick', y, x, x, y),
  sigmoid: (x: TermLike) => divide(1, add(1, exp(negate(x)))),
  silu: (x: TermLike) => divide(x, add(1, exp(negate(x)))),
  gelu: (x: TermLike) => multiply(multiply(x, 0.5), add(1, erf(multiply(x, Math.SQRT1_2)))),
});

/**
 * Traces `build`, which is called once with a term for each of its parameters.
 * @throws GpuError GPU_PROGRAM_INVALID over a limit, or without inputs or results.
 */
export function expression(
  build: (...inputs: Term[]) => TermLike | readonly TermLike[],
): Expression {
  const inputs = build.length;
  const built = build(...Array.from({ length: inputs }, (_, index) => inputTerm(index)));
  const results = Array.isArray(built) ? built : [built];
  const traced = traceTerms(inputs, results.map(toTerm));
  checkExpression(traced, (message) => {
    throw new GpuError('GPU_PROGRAM_INVALID', message);
  });
  return traced;
}

/**
 * Numbers the terms that `results` need (EXPRESSION-1, -2).
 * @throws GpuError GPU_PROGRAM_INVALID for a chain that is longer than the limit of steps.
 */
export function traceTerms(inputs: number, results: readonly Term[]): Expression {
  const steps: ElementStep[] = [];
  const byTerm = new Map<Term, number>();
  const byText = new Map<string, number>();
  const numberOf = (term: Term, depth: number): number => {
    const seen = byTerm.get(term);
    if (seen !== undefined) return seen;
    if (depth > MAX_EXPRESSION_STEPS) {
      const message = `an expression of a chain of more than ${MAX_EXPRESSION_STEPS} steps`;
      throw new GpuError('GPU_PROGRAM_INVALID', message);
    }
    const of = term.of.map((read) => numberOf(read, depth + 1));
    const text = `${term.kind} ${term.value} ${of.join(' ')}`;
    const number = byText.get(text) ?? steps.push(stepOf(term, of)) - 1;
    byTerm.set(term, number);
    byText.set(text, number);
    return number;
  };
  return { inputs, steps, results: results.map((result) => numberOf(result, 1)) };
}

function stepOf({ kind, value }: Term, of: readonly number[]): ElementStep {
  if (kind === 'input') return { kind, index: value };
  return kind === 'constant' ? { kind, value } : { kind, of };
}

/** The terms of an expression's numbers; its inputs become `inputs`. */
export function termsOf({ steps }: Expression, inputs: readonly Term[]): readonly Term[] {
  const terms: Term[] = [];
  for (const step of steps) {
    // The expression is checked: what a step reads is there.
    if (step.kind === 'input') terms.push(inputs[step.index] as Term);
    else if (step.kind === 'constant') terms.push(constantTerm(step.value));
    else terms.push(apply(step.kind, ...step.of.map((number) => terms[number] as Term)));
  }
  return terms;
}

/** Calls `refuse` with the reason if an expression that came as data is malformed. */
export function checkExpression(
  { inputs, steps, results }: Expression,
  refuse: (message: string) => never,
): void {
  if (!Number.isSafeInteger(inputs) || inputs < 1) refuse(`an expression of ${inputs} inputs`);
  if (results.length < 1) refuse('an expression without a result');
  if (inputs + results.length > MAX_EXPRESSION_VALUES) {
    refuse(`an expression of ${inputs} inputs and ${results.length} results, together they are ` +
      `at most ${MAX_EXPRESSION_VALUES}`);
  }
  if (steps.length > MAX_EXPRESSION_STEPS) {
    refuse(`an expression of ${steps.length} steps, the limit is ${MAX_EXPRESSION_STEPS}`);
  }
  steps.forEach((step, number) => checkStep(step, number, inputs, refuse));
  for (const result of results) {
    if (steps[result] === undefined) refuse(`result ${result} of ${steps.length} steps`);
  }
}

function checkStep(
  step: ElementStep,
  number: number,
  inputs: number,
  refuse: (message: string) => never,
): void {
  if (step.kind === 'input') {
    const known = Number.isSafeInteger(step.index) && step.index >= 0 && step.index < inputs;
    if (!known) refuse(`step ${number}: input ${step.index} of ${inputs}`);
  } else if (step.kind === 'constant') {
    const exact = Number.isFinite(step.value) && Object.is(step.value, Math.fround(step.value) + 0);
    if (!exact) refuse(`step ${number}: constant ${step.value} is no finite f32`);
  } else {
    const arity = Object.hasOwn(FUNCTION_ARITY, step.kind) ? FUNCTION_ARITY[step.kind] : undefined;
    if (arity === undefined) refuse(`step ${number}: unknown function ${String(step.kind)}`);
    if (step.of.length !== arity) {
      refuse(`step ${number}: ${step.kind} of ${step.of.length} numbers, it takes ${arity}`);
    }
    for (const read of step.of) {
      const earlier = Number.isSafeInteger(read) && read >= 0 && read < number;
      if (!earlier) refuse(`step ${number}: reads number ${read}`);
    }
  }
}
