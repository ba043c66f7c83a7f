import type { Allocator, HostArena } from '@ganglion/memory/contract';
import type { Backend, DType, Program, Slot, ValueId } from '../contract.js';
import { byteLength } from '../shape.js';
import type { Elements } from './elements.js';
import { decode, encode } from './elements.js';

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
      this.#slots[id] = backend.allocate(this.#bytes(id));
    });
  }

  write(id: ValueId, elements: ArrayLike<number>): void {
    this.#backend.write(this.slot(id), encode(this.#dtype(id), elements));
  }

  slot(id: ValueId): Slot {
    return this.#slots[id] ?? -1;
  }

  launch(): void {
    this.#backend.launch(this.#executable, this.#slots);
  }

  read(id: ValueId): Elements {
    const bytes = new Uint8Array(this.#bytes(id));
    this.#backend.read(this.slot(id), bytes);
    return decode(this.#dtype(id), bytes);
  }

  release(): void {
    this.#executable.release();
    for (const slot of this.#slots) if (slot !== undefined) this.#backend.free(slot);
  }

  #dtype(id: ValueId): DType {
    return this.#program.values[id]?.dtype ?? 'f32';
  }

  #bytes(id: ValueId): number {
    return byteLength(this.#program.values[id]?.shape ?? [], this.#dtype(id));
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
