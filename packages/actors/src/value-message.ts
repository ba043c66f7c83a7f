/** Untyped values as messages: encoded into the slot, or into a block that the slot names. */
import { INLINE_BYTES } from './limits.js';
import { PayloadKind } from './phases.js';
import type { ActorThread } from './thread.js';

const KIND_SHIFT = 16;

/** Takes a slot; `kind` are the bits of the payload's kind in the message's word. */
export type OpenSlot = (kind: number, payloadBytes: number) => number;

/**
 * Encodes a value for an actor and writes it into the slot that `open` takes. Nothing is left if
 * one of them throws. @throws ActorsError ACTORS_VALUE_INVALID, ACTORS_HEAP_EXHAUSTED
 */
export function writeValue(
  thread: ActorThread,
  low: number,
  given: unknown,
  open: OpenSlot,
): number {
  const encoded = thread.encode(given, () => thread.describe(low));
  if (encoded.length <= INLINE_BYTES) {
    const slot = open(0, encoded.length);
    thread.bytes.set(encoded, thread.payloadWord(slot) * 4);
    return slot;
  }
  const block = thread.heap.store(encoded);
  let slot: number;
  try {
    slot = open(PayloadKind.zeroCopy << KIND_SHIFT, encoded.length);
  } catch (error) {
    thread.heap.free(block);
    throw error;
  }
  thread.writeBlockPayload(thread.payloadWord(slot), block, encoded.length);
  return slot;
}
