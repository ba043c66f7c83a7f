import type { Executable, Program, Slot, ValueId } from '../contract.js';
import { GpuError } from '../errors.js';
import { byteLength, ELEMENT_BYTES } from '../shape.js';
import { placeTemporaries } from './placement.js';
import type { Memory, Runner } from './runner.js';
import type { SlotTable } from './slots.js';

/** What a prepared program needs of the backend that made it. */
export interface PreparedOwner {
  /** Memory for the temporaries; never called for a program without any. */
  take(sizeBytes: number): { readonly memory: Memory; readonly giveBack: () => void };
  /** Called once, when the program is released. */
  forget(): void;
}

/** A value that is bound at launch, and what is bound to it now. */
interface Bound {
  readonly id: ValueId;
  readonly sizeBytes: number;
  slot: Slot;
}

/** A program of the cpu backend: its runner, its temporaries' memory and its current bindings. */
export class Prepared implements Executable {
  readonly program: Program;
  readonly temporaryBytes: number;
  readonly #runner: Runner;
  readonly #owner: PreparedOwner;
  readonly #giveBack: (() => void) | undefined;
  readonly #bound: readonly Bound[];
  readonly #parts: ReadonlyMap<ValueId, readonly Part[]>;
  #released = false;

  /** @param program validated. */
  constructor(program: Program, runner: Runner, owner: PreparedOwner) {
    this.program = program;
    this.#runner = runner;
    this.#owner = owner;
    this.#parts = partsOf(program);
    this.#bound = program.values.flatMap(({ shape, dtype, role, part }, id) =>
      role === 'temporary' || part !== undefined
        ? []
        : [{ id, sizeBytes: byteLength(shape, dtype), slot: -1 }],
    );
    const { sizeBytes, offsets } = placeTemporaries(program);
    this.temporaryBytes = sizeBytes;
    if (offsets.size === 0) return;
    // Temporaries without elements lie somewhere too.
    const { memory, giveBack } = owner.take(Math.max(sizeBytes, 4));
    this.#giveBack = giveBack;
    for (const [id, offset] of offsets) this.#place(id, memory, offset);
  }

  /**
   * Checks every binding and places those that changed since the last launch.
   * @throws GpuError GPU_STALE_SLOT or GPU_SHAPE_MISMATCH, after which nothing is run.
   */
  bind(bindings: readonly Slot[], slots: SlotTable): void {
    for (const bound of this.#bound) {
      const slot = bindings[bound.id];
      if (slot === undefined) {
        throw new GpuError('GPU_SHAPE_MISMATCH', `value ${bound.id} has no slot bound to it`);
      }
      const memory = slots.get(slot);
      if (slot === bound.slot) continue;
      if (memory.sizeBytes < bound.sizeBytes) {
        throw new GpuError(
          'GPU_SHAPE_MISMATCH',
          `value ${bound.id} takes ${bound.sizeBytes} bytes, its slot has ${memory.sizeBytes}`,
        );
      }
      this.#place(bound.id, memory, 0);
      bound.slot = slot;
    }
  }

  run(): void {
    this.#runner.run();
  }

  release(): void {
    if (this.#released) throw new GpuError('GPU_STALE_SLOT', 'the executable was released before');
    this.#released = true;
    this.#owner.forget();
    this.#giveBack?.();
  }

  #place(id: ValueId, memory: Memory, first: number): void {
    this.#runner.place(id, memory, first);
    for (const part of this.#parts.get(id) ?? []) {
      this.#runner.place(part.id, memory, first + part.offsetBytes);
    }
  }
}

interface Part {
  readonly id: ValueId;
  readonly offsetBytes: number;
}

function partsOf(program: Program): Map<ValueId, Part[]> {
  const parts = new Map<ValueId, Part[]>();
  program.values.forEach(({ part, dtype }, id) => {
    if (part === undefined) return;
    const offsetBytes = part.offset * ELEMENT_BYTES[dtype];
    parts.set(part.of, [...(parts.get(part.of) ?? []), { id, offsetBytes }]);
  });
  return parts;
}
