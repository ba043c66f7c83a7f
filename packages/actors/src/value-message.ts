/**
 * Untyped values as messages: encoded into the slot, or into a block that the slot names. Those by
 * reference are in references.ts.
 */
import { MessageSlot, ZeroCopyPayload } from './layouts.js';
import { INLINE_BYTES } from './limits.js';
import { BY_REFERENCE, payloadKind, PayloadKind } from './phases.js';
import type { ActorThread } from './thread.js';

const KIND_SHIFT = 16;
const INLINE_WORD = MessageSlot.offset.inline / 4;
const PAYLOAD_BYTES = MessageSlot.plain.payloadBytes;
const MESSAGE = MessageSlot.plain.message;
const { pointer, generation } = ZeroCopyPayload.plain;

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

/**
 * The value of a message or reply. @throws UnknownBehaviours; ActorsError ACTORS_VALUE_INVALID
 * (REFERENCE-2)
 */
export function readValue(thread: ActorThread, slot: number): unknown {
  const { words } = thread;
  const payload = thread.payloadWord(slot);
  const header = words[payload - INLINE_WORD + MESSAGE];
  if ((header & BY_REFERENCE) !== 0) return thread.references.read(slot);
  const length = words[payload - INLINE_WORD + PAYLOAD_BYTES];
  return thread.decode(
    payloadKind(header) === PayloadKind.zeroCopy
      ? thread.heap.load(words[payload + pointer], length)
      : thread.bytes.slice(payload * 4, payload * 4 + length),
  );
}

/** Frees what a slot's payload owns; the slot itself stays with the caller. */
export function dropPayload(thread: ActorThread, slot: number): void {
  const { words } = thread;
  const payload = thread.payloadWord(slot);
  const at = payload - INLINE_WORD + MESSAGE;
  if ((words[at] & BY_REFERENCE) !== 0) thread.references.drop(slot);
  if (payloadKind(words[at]) !== PayloadKind.zeroCopy) return;
  thread.heap.free(words[payload + pointer], words[payload + generation]);
  words[at] &= (1 << KIND_SHIFT) - 1;
}
