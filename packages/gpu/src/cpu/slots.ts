import type { Slot } from '../contract.js';
import { GpuError } from '../errors.js';
import type { Memory } from './runner.js';

/**
 * The slot table of one backend.
 *
 * SLOTS-1: a slot is index + generation · 2^16 + table · 2^44: a freed slot, and a slot of another
 *   table of this thread, name no entry (BACKEND-3).
 */

/** Slots that one backend may have at a time. */
export const MAX_SLOTS = 65_536;

const GENERATIONS = 2 ** 28;
const TABLES = 2 ** 9;
const TABLE_UNIT = MAX_SLOTS * GENERATIONS;

/** Tells the tables of this thread apart; it never decides what anything does. */
let tablesMade = 0;

interface Entry {
  slot: Slot;
  memory: Memory | undefined;
}

export class SlotTable {
  readonly #tag: number = (tablesMade += 1) % TABLES;
  readonly #entries: Entry[] = [];
  readonly #free: number[] = [];

  /** @throws GpuError GPU_OUT_OF_MEMORY */
  add(memory: Memory): Slot {
    const index = this.#free.pop() ?? this.#entries.length;
    if (index >= MAX_SLOTS) {
      throw new GpuError('GPU_OUT_OF_MEMORY', `all ${MAX_SLOTS} slots of the backend are in use`);
    }
    const entry = this.#entries[index];
    if (entry !== undefined) {
      entry.memory = memory;
      return entry.slot;
    }
    const slot = this.#tag * TABLE_UNIT + index;
    this.#entries.push({ slot, memory });
    return slot;
  }

  /** @throws GpuError GPU_STALE_SLOT */
  get(slot: Slot): Memory {
    const entry = this.#entries[slot % MAX_SLOTS];
    if (entry !== undefined && entry.slot === slot && entry.memory !== undefined) {
      return entry.memory;
    }
    throw new GpuError('GPU_STALE_SLOT', `slot ${slot} was freed or is another backend's`);
  }

  /** @throws GpuError GPU_STALE_SLOT */
  remove(slot: Slot): Memory {
    const memory = this.get(slot);
    const index = slot % MAX_SLOTS;
    const generation = (Math.floor(slot / MAX_SLOTS) + 1) % GENERATIONS;
    const next = this.#tag * TABLE_UNIT + generation * MAX_SLOTS + index;
    this.#entries[index] = { slot: next, memory: undefined };
    this.#free.push(index);
    return memory;
  }

  /** Removes every slot. */
  clear(): void {
    for (const { slot, memory } of this.#entries) {
      if (memory !== undefined) this.remove(slot);
    }
  }
}
