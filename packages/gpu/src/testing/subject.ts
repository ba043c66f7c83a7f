import type { Allocator, HostArena } from '@ganglion/memory/contract';
import type { Backend, Program, Slot, ValueId } from '../contract.js';

/** What a conformance case is run on. A runner makes a fresh one for every case and closes it. */
export interface BackendSubject {
  readonly backend: Backend;
  /** A second backend of the same kind, on the same components. */
  readonly other: Backend;
  /** The arena and the allocator that both were made with. */
  readonly arena: HostArena;
  readonly allocator: Allocator;
}

/** One rule, checked through the contract alone. Any test runner can run it. */
export interface ConformanceCase<T> {
  /** Begins with the id of the rule. */
  readonly name: string;
  /** A case whose need the subject does not declare is skipped, and counted. */
  readonly requires?: (subject: T) => boolean;
  /** Fails by throwing. */
  run(subject: T): void;
}

/** f32 or i32 elements, as the value's dtype says. */
export type Elements = Float32Array | Int32Array;

/** A program with memory bound to it: write, launch, read. */
export class BoundProgram {
  readonly #backend: Backend;
  readonly #program: Program;
  readonly #executable: ReturnType<Backend['compile']>;
  readonly #slots: Slot[] = [];

  constructor(backend: Backend, program: Program) {
    this.#backend = backend;
    this.#program = program;
    this.#executable = backend.compile(program);
    program.values.forEach(({ role, part }, id) => {
      if (role === 'temporary' || part !== undefined) return;
      this.#slots[id] = backend.allocate(4 * this.#count(id));
    });
  }

  write(id: ValueId, elements: ArrayLike<number>): void {
    const dtype = this.#program.values[id]?.dtype;
    const typed = dtype === 'i32' ? Int32Array.from(elements) : Float32Array.from(elements);
    this.#backend.write(this.slot(id), new Uint8Array(typed.buffer));
  }

  slot(id: ValueId): Slot {
    return this.#slots[id] ?? -1;
  }

  launch(): void {
    this.#backend.launch(this.#executable, this.#slots);
  }

  read(id: ValueId): Elements {
    const bytes = new Uint8Array(4 * this.#count(id));
    this.#backend.read(this.slot(id), bytes);
    const { dtype } = this.#program.values[id] ?? {};
    return dtype === 'i32' ? new Int32Array(bytes.buffer) : new Float32Array(bytes.buffer);
  }

  release(): void {
    this.#executable.release();
    for (const slot of this.#slots) if (slot !== undefined) this.#backend.free(slot);
  }

  #count(id: ValueId): number {
    const shape = this.#program.values[id]?.shape ?? [];
    return shape.reduce((product, size) => product * size, 1);
  }
}

/** Runs once and returns every output by id. */
export function runOnce(
  backend: Backend,
  program: Program,
  inputs: ReadonlyMap<ValueId, ArrayLike<number>>,
): Map<ValueId, Elements> {
  const bound = new BoundProgram(backend, program);
  for (const [id, elements] of inputs) bound.write(id, elements);
  bound.launch();
  const outputs = new Map<ValueId, Elements>();
  program.values.forEach(({ role, part }, id) => {
    if (role === 'output' && part === undefined) outputs.set(id, bound.read(id));
  });
  bound.release();
  return outputs;
}
