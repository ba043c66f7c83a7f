import type { Backend, DType, Executable, Program, Shape, Slot } from './contract.js';
import { GpuError } from './errors.js';
import { fuseMaps } from './fuse-maps.js';
import { hashProgram } from './program-hash.js';
import { byteLength, checkShape, elementCount, formatShape } from './shape.js';
import { createTape } from './tape.js';
import type { Tape, Tensor } from './tensor.js';

/**
 * Tensors that have their numbers at once: each `run` records a small program, compiles it if none
 * like it was compiled lately, and launches it. Everything that a tape records can be run so, and a
 * chain of maps is one operation.
 *
 * EAGER-1: a tensor's numbers never change.
 * EAGER-2: a tensor lives until it is freed, its scope ends or its `Eager` is closed; then reading
 *   it is refused. A scope that throws frees all that it made.
 */

/** A tensor with numbers in a backend's memory. */
export interface EagerTensor {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** What `run` gives back for what was recorded. */
export type EagerOf<Result> = Result extends Tensor
  ? EagerTensor
  : { readonly [Key in keyof Result]: EagerTensor };

export interface Eager {
  /** Tensors that live now. */
  readonly live: number;
  /**
   * Copies numbers into a new tensor; bf16 and f16 round them, the others take what a typed array
   * takes. @default dtype 'f32'
   * @throws GpuError GPU_SHAPE_MISMATCH, GPU_OUT_OF_MEMORY
   */
  tensor(shape: Shape, elements: ArrayLike<number>, dtype?: DType): EagerTensor;
  /**
   * Runs what `record` records on the tape, where `inputs` are given as inputs. It returns results
   * of the tape's operations, one or a list.
   * @throws GpuError what the tape refuses, GPU_STALE_SLOT, GPU_OUT_OF_MEMORY; nothing is made then
   */
  run<Inputs extends readonly EagerTensor[], Result extends Tensor | readonly Tensor[]>(
    inputs: readonly [...Inputs],
    record: (tape: Tape, ...inputs: { [Key in keyof Inputs]: Tensor }) => Result,
  ): EagerOf<Result>;
  /** A copy of the numbers: i32, u8 and bool as such, all else as f32. */
  read(tensor: EagerTensor): Float32Array | Int32Array | Uint8Array;
  /**
   * Runs `body` and frees the tensors that it made, except those that it returns: a tensor, or
   * tensors in arrays and plain objects, which belong to the scope around this one. Scopes nest.
   * @throws GpuError GPU_PROGRAM_INVALID for a body that returns a promise
   */
  scope<Result>(body: () => Result): Result;
  /** @throws GpuError GPU_STALE_SLOT */
  free(tensor: EagerTensor): void;
  /** Frees everything; the backend stays open. Closing twice is allowed. */
  close(): void;
}

/** Programs that stay compiled, the latest used. */
const COMPILED_MAX = 128;

/** @param backend owned by the caller, on whose thread all calls are made. */
export function createEager(backend: Backend): Eager {
  return new EagerTensors(backend);
}

class EagerTensors implements Eager {
  readonly #backend: Backend;
  readonly #slots = new Map<EagerTensor, Slot>();
  readonly #compiled = new Map<string, Executable>();
  /** What each open scope has made, the innermost last. */
  readonly #scopes: Set<EagerTensor>[] = [];

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  get live(): number {
    return this.#slots.size;
  }

  tensor(shape: Shape, elements: ArrayLike<number>, dtype: DType = 'f32'): EagerTensor {
    checkShape(shape, 'tensor');
    if (elements.length !== elementCount(shape)) {
      const message = `tensor: ${elements.length} elements for ${formatShape(shape)}`;
      throw new GpuError('GPU_SHAPE_MISMATCH', message);
    }
    if (dtype === 'bf16' || dtype === 'f16') {
      return this.scope(() => this.run([this.tensor(shape, elements)], (tape, a) =>
        tape.cast(a, dtype)));
    }
    const made = this.#make(shape, dtype);
    this.#backend.write(this.#slotOf(made), bytesOf(typed(dtype, elements)));
    return made;
  }

  run<Inputs extends readonly EagerTensor[], Result extends Tensor | readonly Tensor[]>(
    inputs: readonly [...Inputs],
    record: (tape: Tape, ...inputs: { [Key in keyof Inputs]: Tensor }) => Result,
  ): EagerOf<Result> {
    const given = inputs.map((tensor) => this.#slotOf(tensor));
    const tape = createTape();
    const symbols = inputs.map(({ shape, dtype }) => tape.input(shape, dtype));
    const recorded = record(tape, ...symbols as { [Key in keyof Inputs]: Tensor });
    const results: readonly Tensor[] = Array.isArray(recorded) ? recorded : [recorded];
    const unique = [...new Set(results)];
    for (const result of unique) tape.output(result);
    const executable = this.#executable(fuseMaps(tape.program()));
    const made = this.#makeAll(unique);
    const bindings: Slot[] = [];
    symbols.forEach(({ id }, index) => (bindings[id] = given[index] as Slot)); // one for each
    unique.forEach((tensor, index) => {
      bindings[tensor.id] = this.#slotOf(made[index] as EagerTensor); // one for each
    });
    try {
      this.#backend.launch(executable, bindings);
    } catch (error) {
      for (const tensor of made) this.free(tensor);
      throw error;
    }
    const found = results.map((result) => made[unique.indexOf(result)]);
    return (Array.isArray(recorded) ? found : found[0]) as EagerOf<Result>;
  }

  read(tensor: EagerTensor): Float32Array | Int32Array | Uint8Array {
    const { shape, dtype } = tensor;
    const slot = this.#slotOf(tensor);
    if (dtype === 'bf16' || dtype === 'f16') {
      return this.scope(() => this.read(this.run([tensor], (tape, a) => tape.cast(a, 'f32'))));
    }
    const numbers = typed(dtype, { length: elementCount(shape) });
    this.#backend.read(slot, bytesOf(numbers));
    return numbers;
  }

  scope<Result>(body: () => Result): Result {
    const made = new Set<EagerTensor>();
    this.#scopes.push(made);
    let kept: ReadonlySet<EagerTensor> = new Set();
    try {
      const result = body();
      if (result instanceof Promise) {
        throw new GpuError('GPU_PROGRAM_INVALID', 'scope: its body returned a promise');
      }
      kept = tensorsIn(result);
      return result;
    } finally {
      this.#scopes.pop();
      for (const tensor of made) {
        if (kept.has(tensor)) this.#scopes.at(-1)?.add(tensor);
        else this.free(tensor);
      }
    }
  }

  free(tensor: EagerTensor): void {
    this.#backend.free(this.#slotOf(tensor));
    this.#slots.delete(tensor);
    for (const scope of this.#scopes) scope.delete(tensor);
  }

  close(): void {
    for (const tensor of this.#slots.keys()) this.free(tensor);
    for (const executable of this.#compiled.values()) executable.release();
    this.#compiled.clear();
  }

  /** All of them or none. */
  #makeAll(tensors: readonly Tensor[]): readonly EagerTensor[] {
    const made: EagerTensor[] = [];
    try {
      for (const { shape, dtype } of tensors) made.push(this.#make(shape, dtype));
    } catch (error) {
      for (const tensor of made) this.free(tensor);
      throw error;
    }
    return made;
  }

  #make(shape: Shape, dtype: DType): EagerTensor {
    const slot = this.#backend.allocate(byteLength(shape, dtype));
    const tensor = Object.freeze({ shape: Object.freeze([...shape]), dtype });
    this.#slots.set(tensor, slot);
    this.#scopes.at(-1)?.add(tensor);
    return tensor;
  }

  #slotOf(tensor: EagerTensor): Slot {
    const slot = this.#slots.get(tensor);
    if (slot !== undefined) return slot;
    const message = `the tensor ${formatShape(tensor.shape)} was freed, or is not of this Eager`;
    throw new GpuError('GPU_STALE_SLOT', message);
  }

  #executable(program: Program): Executable {
    const key = hashProgram(program);
    const found = this.#compiled.get(key) ?? this.#backend.compile(program);
    this.#compiled.delete(key); // and put back as the latest
    this.#compiled.set(key, found);
    const [oldest] = this.#compiled;
    if (oldest !== undefined && this.#compiled.size > COMPILED_MAX) {
      this.#compiled.delete(oldest[0]);
      oldest[1].release();
    }
    return found;
  }
}

function typed(
  dtype: DType,
  elements: ArrayLike<number>,
): Float32Array | Int32Array | Uint8Array {
  if (dtype === 'f32') return Float32Array.from(elements);
  if (dtype === 'i32') return Int32Array.from(elements);
  return Uint8Array.from(elements);
}

function bytesOf({ buffer }: Float32Array | Int32Array | Uint8Array): Uint8Array {
  return new Uint8Array(buffer);
}

/** The tensors in what a scope returns; other objects count for nothing. */
function tensorsIn(result: unknown, found = new Set<EagerTensor>()): ReadonlySet<EagerTensor> {
  if (typeof result !== 'object' || result === null) return found;
  const isPlain = Array.isArray(result) || Object.getPrototypeOf(result) === Object.prototype;
  if (!isPlain || found.has(result as EagerTensor)) return found;
  found.add(result as EagerTensor); // what is no tensor is not among those made
  for (const part of Object.values(result)) tensorsIn(part, found);
  return found;
}
