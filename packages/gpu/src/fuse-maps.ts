import type { Expression, Op, Program, ValueId } from './contract.js';
import type { Term } from './expression.js';
import {
  inputTerm, MAX_EXPRESSION_STEPS, MAX_EXPRESSION_VALUES, termsOf, traceTerms,
} from './expression.js';
import { operandsOf } from './operands.js';
import { sameShape } from './shape.js';

/**
 * Fuses maps that follow each other (KERNELS-K1): what one map alone reads of another is computed
 * inside it and never reaches memory. Every step rounds as before, so no bits change.
 *
 * FUSE-1: a map goes into its only reader, another map of the same shape, as long as the limits of
 *   expressions hold.
 * FUSE-2: values keep their numbers; those that became steps are no operation's any more.
 */

type MapOp = Extract<Op, { kind: 'map' }>;

/** @param program valid; its values are those of the result. */
export function fuseMaps(program: Program): Program {
  const fusing = new Fusing(program);
  return { values: program.values, ops: fusing.ops() };
}

class Fusing {
  readonly #program: Program;
  /** Operations and parts that read a value. */
  readonly #readers = new Map<ValueId, number>();
  /** Maps so far by their only result. */
  readonly #maps = new Map<ValueId, MapOp>();

  constructor(program: Program) {
    this.#program = program;
    for (const op of program.ops) {
      for (const id of new Set(operandsOf(op).reads)) this.#count(id, 1);
    }
    for (const { part } of program.values) if (part !== undefined) this.#count(part.of, 1);
  }

  ops(): readonly Op[] {
    const kept = new Set<Op>();
    for (const op of this.#program.ops) {
      if (op.kind !== 'map') {
        kept.add(op);
        continue;
      }
      const fused = this.#fuse(op, kept);
      kept.add(fused);
      const [out] = fused.outs;
      if (fused.outs.length === 1 && out !== undefined) this.#maps.set(out, fused);
    }
    return [...kept];
  }

  /** The map with every map in it that fits, which then leave `kept`. */
  #fuse(op: MapOp, kept: Set<Op>): MapOp {
    for (const id of op.inputs) {
      const before = this.#maps.get(id);
      if (before === undefined || !this.#isOnlyReader(id, op)) continue;
      const joined = join(op, before, id);
      if (joined === undefined) continue;
      kept.delete(before);
      for (const both of op.inputs) if (before.inputs.includes(both)) this.#count(both, -1);
      return this.#fuse(joined, kept);
    }
    return op;
  }

  #isOnlyReader(id: ValueId, by: MapOp): boolean {
    const { role, shape } = this.#specOf(id);
    return role === 'temporary' && this.#readers.get(id) === 1 &&
      sameShape(shape, this.#specOf(by.outs[0] ?? -1).shape);
  }

  #specOf(id: ValueId): Program['values'][number] {
    return this.#program.values[id] as Program['values'][number]; // the program is valid
  }

  #count(id: ValueId, change: 1 | -1): void {
    this.#readers.set(id, (this.#readers.get(id) ?? 0) + change);
  }
}

/** `map` with what `inner` computes in the place of its input `id`; undefined over the limits. */
function join(map: MapOp, inner: MapOp, id: ValueId): MapOp | undefined {
  const inputs = [...new Set([...map.inputs.filter((input) => input !== id), ...inner.inputs])];
  if (inputs.length + map.outs.length > MAX_EXPRESSION_VALUES) return undefined;
  const term = (input: ValueId): Term => inputTerm(inputs.indexOf(input));
  const [result] = results(inner.expression, inner.inputs.map(term));
  const terms = results(map.expression, map.inputs.map((input) =>
    input === id && result !== undefined ? result : term(input)));
  const joint = map.expression.steps.length + inner.expression.steps.length;
  if (joint > MAX_EXPRESSION_STEPS) return undefined;
  return { ...map, expression: traceTerms(inputs.length, terms), inputs };
}

function results(expression: Expression, inputs: readonly Term[]): readonly Term[] {
  const terms = termsOf(expression, inputs);
  return expression.results.map((number) => terms[number] as Term); // checked expression
}
