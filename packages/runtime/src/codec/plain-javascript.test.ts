import { describe, expect, it, vi } from 'vitest';

import { msgpackCodec } from './msgpack.js';

// msgpackr reads texts by an optional addon where it is installed, and by TextDecoder elsewhere.
vi.hoisted(() => {
  process.env['MSGPACKR_NATIVE_ACCELERATION_DISABLED'] = 'true';
});

describe('CODEC-1: without the addon of msgpackr', () => {
  it.each<[string, string]>([
    ['short', 'a'], ['long', 'b'.repeat(5_000)], ['of all planes', 'aé漢😀'.repeat(500)],
    ['that begins with a byte order mark', `\ufeff${'c'.repeat(300)}`],
    ['of byte order marks', '\ufeff'.repeat(300)],
  ])('a text %s comes back equal', (_name, text) => {
    const codec = msgpackCodec();
    expect(codec.decode(codec.encode([text, { key: text }, text]))).toEqual([
      text, { key: text }, text,
    ]);
  });
});
