import type { Backend, ElementFunction, Op, Program } from '../contract.js';
import { FUNCTION_ARITY } from '../expression.js';
import { operationCases } from './operation-cases.js';
import { caseInputs } from './operation-conformance.js';
import { runOracle } from './oracle/oracle.js';
import { runOnce } from './subject.js';

/**
 * How far a backend's results are from the f64 oracle, for documents; what may be is decided by the
 * conformance kit.
 */

/** The largest distance that was met, for one operation or one function of elements. */
export interface OperationError {
  readonly name: Op['kind'] | ElementFunction;
  /** Numbers that were compared. */
  readonly numbers: number;
  /** In units in the last place: of an operation, of the larger of 1 and the oracle's number. */
  readonly largest: number;
}

/** Every case of the kit, with numbers in [−1, 1) where it says nothing else. */
export function operationErrors(backend: Backend): readonly OperationError[] {
  const errors = new Map<Op['kind'], OperationError>();
  operationCases.forEach((operationCase, seed) => {
    const { program } = operationCase;
    const [name] = new Set(program.ops.map(({ kind }) => kind));
    if (name === undefined) return;
    const inputs = caseInputs({ ...operationCase, filling: 'real' }, seed);
    const compared = compareAll(backend, program, inputs, (y) => Math.max(1, Math.abs(y)));
    const { numbers = 0, largest = 0 } = errors.get(name) ?? {};
    errors.set(name, {
      name,
      numbers: numbers + compared.numbers,
      largest: Math.max(largest, compared.largest),
    });
  });
  return [...errors.values()];
}

const POINTS = 40_000;
/** From where to where each function of one number is sampled; the others are exactly rounded. */
const RANGES = { exp: [-87, 88], log: [1e-6, 1e3], tanh: [-10, 10], erf: [-5, 5] } as const;

/** Functions of elements over evenly spaced points. */
export function functionErrors(backend: Backend): readonly OperationError[] {
  return Object.entries(FUNCTION_ARITY).map(([kind, arity]) => {
    const name = kind as ElementFunction; // a key of a table by ElementFunction
    const [low, high] = name in RANGES ? RANGES[name as keyof typeof RANGES] : [0.01, 100];
    const program = functionProgram(name, arity);
    const inputs = new Map(Array.from({ length: arity }, (_, input) => [input,
      Array.from({ length: POINTS }, (__, i) => pointOf(low, high, (i * (2 * input + 1)) % POINTS)),
    ]));
    return { name, ...compareAll(backend, program, inputs, Math.abs) };
  });
}

function pointOf(low: number, high: number, index: number): number {
  return Math.fround(low + ((high - low) * index) / POINTS);
}

function functionProgram(kind: ElementFunction, arity: number): Program {
  const shape = [POINTS];
  const inputs = [...Array(arity).keys()];
  const steps = [
    ...inputs.map((index) => ({ kind: 'input', index }) as const),
    { kind, of: inputs } as const,
  ];
  return {
    values: [
      ...inputs.map(() => ({ shape, dtype: 'f32', role: 'input' }) as const),
      { shape, dtype: 'f32', role: 'output' },
    ],
    ops: [{
      kind: 'map',
      expression: { inputs: arity, steps, results: [arity] },
      inputs,
      outs: [arity],
    }],
  };
}

function compareAll(
  backend: Backend,
  program: Program,
  inputs: ReadonlyMap<number, ArrayLike<number>>,
  size: (oracle: number) => number,
): { readonly numbers: number; readonly largest: number } {
  const oracle = runOracle(program, inputs);
  let numbers = 0;
  let largest = 0;
  for (const [id, found] of runOnce(backend, program, inputs)) {
    const expected = oracle.get(id) ?? new Float64Array(0);
    numbers += found.length;
    found.forEach((x, index) => {
      const y = expected[index] ?? Number.NaN;
      if (!Object.is(x, y)) largest = Math.max(largest, Math.abs(x - y) / unitOf(size(y)));
    });
  }
  return { numbers, largest };
}

/** The distance of neighbouring f32 numbers of this size. */
function unitOf(size: number): number {
  return 2 ** (Math.max(-126, Math.floor(Math.log2(size))) - 23);
}
