import { describe, expect, test } from 'vitest';
import {
  ActorBlock,
  GpuRefPayload,
  layouts,
  MessageSlot,
  RdmaPayload,
  ThreadBlock,
  ZeroCopyPayload,
} from './layouts.js';
import { INLINE_BYTES } from './limits.js';

const LINE = 64;

describe('layouts', () => {
  test('a message is a 64-byte header and 256 inline bytes', () => {
    expect(MessageSlot.offset.inline).toBe(64);
    expect(MessageSlot.size).toBe(64 + INLINE_BYTES);
  });

  test('every payload kind fits inline', () => {
    for (const payload of [ZeroCopyPayload, GpuRefPayload, RdmaPayload]) {
      expect(payload.size).toBeLessThanOrEqual(INLINE_BYTES);
    }
  });

  test('LAYOUT-3: owner words of an actor are on one line, shared words on the other', () => {
    const { fields, offset } = ActorBlock;
    for (const [name, field] of Object.entries(fields)) {
      const line = Math.floor(offset[name as keyof typeof offset] / LINE);
      expect([name, line]).toEqual([name, field === 'i32' ? 1 : 0]);
    }
  });

  test('LAYOUT-3: words of a thread that others write have a line of their own', () => {
    const { offset } = ThreadBlock;
    expect(offset.inbox).toBeLessThan(LINE);
    expect(offset.turnSequence).toBe(LINE);
    expect(offset.sendPasses).toBe(2 * LINE);
  });

  test('sections of equal elements keep their lines', () => {
    for (const name of [
      'MessageSlot',
      'ActorBlock',
      'ThreadBlock',
      'SystemBlock',
      'BehaviourEntry',
    ]) {
      expect([name, (layouts[name]?.size ?? 1) % LINE]).toEqual([name, 0]);
    }
  });
});
