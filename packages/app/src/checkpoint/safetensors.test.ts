import { describe, expect, it } from 'vitest';

import { AppError } from '../errors.js';
import { decodeSafetensors, encodeSafetensors, HEADER_BYTES_MAX } from './safetensors.js';
import type { NamedTensor } from './safetensors.js';

/** A file of a header text and data, as another writer might have made it. */
function file(header: string, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

function withLength(length: bigint, rest: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(8 + rest.length);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  bytes.set(rest, 8);
  return bytes;
}

function entry(dtype: string, shape: readonly number[], begin: number, end: number): string {
  return JSON.stringify({ dtype, shape, data_offsets: [begin, end] });
}

function write(tensors: readonly NamedTensor[]): () => Uint8Array {
  return () => encodeSafetensors({ metadata: {}, tensors });
}

function refusal(bytes: Uint8Array): unknown {
  try {
    decodeSafetensors(bytes);
    return undefined;
  } catch (error) {
    return error;
  }
}

const ten = Array.from({ length: 10 }, (_, at) => `"t${at}":${entry('I32', [1], 0, 4)}`).join(',');

const REFUSED: readonly (readonly [name: string, bytes: Uint8Array, message: RegExp])[] = [
  ['nothing', new Uint8Array(0), /has 0 bytes, at least 8/],
  ['a length without header', withLength(60n, []), /header needs 68 bytes, the file has 8/],
  ['a header that is not UTF-8', withLength(1n, [0xff]), /not UTF-8/],
  ['a header that is not JSON', withLength(1n, [0x7b]), /not JSON/],
  ['a header that is a list', file('[]'), /not a JSON object/],
  ['a huge length', withLength(0xffffff000000003cn, [0x7b]), /the limit is 100000000/],
  ['data one byte short', file(`{"t":${entry('I32', [2, 2], 0, 16)}}`, new Uint8Array(15)),
    /bytes 0 to 16 of 15/],
  ['trailing data', file(`{"t":${entry('I32', [2, 2], 0, 16)}}`, new Uint8Array(17)),
    /cover 16 of 17/],
  ['offsets too small', file(`{"t":${entry('I32', [2, 2], 0, 4)}}`, new Uint8Array(4)),
    /takes 16 bytes, and has 4/],
  ['a size beyond integers',
    file('{"t":{"dtype":"I32","shape":[2,18446744073709551614],"data_offsets":[0,16]}}',
      new Uint8Array(16)), /shape that is no list of integers/],
  ['a product that overflows',
    file('{"t":{"dtype":"I32","shape":[2,9007199254740991],"data_offsets":[0,16]}}',
      new Uint8Array(16)), /more elements/],
  ['ten tensors in one place', file(`{${ten}}`, new Uint8Array(4)), /begins at byte 0/],
  ['a hole', file(`{"a":${entry('U8', [1], 0, 1)},"b":${entry('U8', [1], 2, 3)}}`,
    new Uint8Array(3)), /b begins at byte 2, the tensor before it ends at 1/],
  ['a name twice', file(`{"a":${entry('U8', [1], 0, 1)},"a":${entry('U8', [1], 0, 1)}}`,
    new Uint8Array(1)), /names a twice/],
  ['an escaped name twice', file('{"a\\u0062":1 , "ab" : 2}'), /names ab twice/],
  ['a field twice',
    file('{"a":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}}'), /dtype twice/],
  ['an unknown dtype', file(`{"a":${entry('I128', [0], 0, 0)}}`), /unknown dtype I128/],
  ['an unknown field',
    file('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":1}}'), /unknown field x/],
  ['offsets that go back', file(`{"a":${entry('U8', [0], 1, 0)}}`, new Uint8Array(1)),
    /bytes 1 to 0/],
  ['three offsets', file('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0,0]}}'), /no two/],
  ['metadata that is not text', file('{"__metadata__":{"a":1}}'), /not an object of strings/],
];

const TENSORS: readonly NamedTensor[] = [
  { name: 'weight', dtype: 'F32', shape: [2, 2], bytes: new Uint8Array(16).fill(7) },
  { name: 'scalar', dtype: 'F64', shape: [], bytes: new Uint8Array(8).fill(1) },
  { name: 'empty', dtype: 'I32', shape: [2, 0], bytes: new Uint8Array(0) },
];

describe('safetensors', () => {
  it('reads back what it wrote', () => {
    const written = { metadata: { step: '7' }, tensors: TENSORS };
    const read = decodeSafetensors(encodeSafetensors(written));
    expect(read.metadata).toEqual({ step: '7' });
    expect(read.tensors).toEqual(TENSORS);
  });

  it('aligns the data to 8 bytes and begins the header with a brace', () => {
    const bytes = encodeSafetensors({ metadata: {}, tensors: TENSORS });
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    expect(bytes[8]).toBe(0x7b);
    expect(bytes.length).toBe(8 + length + 24);
  });

  it('writes known bytes', () => {
    const bytes = encodeSafetensors({
      metadata: {},
      tensors: [{ name: 'a', dtype: 'U8', shape: [2], bytes: Uint8Array.of(5, 6) }],
    });
    const header = '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}   ';
    expect(bytes).toEqual(file(header, Uint8Array.of(5, 6)));
  });

  it.each([['{}\r \t\n'], ['\t\n{}\r '], ['{}']])('reads a padded empty header %j', (header) => {
    expect(decodeSafetensors(file(header)).tensors).toEqual([]);
  });

  it('reads zero-size tensors at one place', () => {
    const header = `{"a":${entry('I32', [2, 0], 0, 0)},"b":${entry('I32', [0], 0, 0)}}`;
    expect(decodeSafetensors(file(header)).tensors.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('gives tensors in the order of their data', () => {
    const header = `{"b":${entry('U8', [1], 1, 2)},"a":${entry('U8', [1], 0, 1)}}`;
    const { tensors } = decodeSafetensors(file(header, Uint8Array.of(8, 9)));
    expect(tensors.map(({ name, bytes }) => [name, bytes[0]])).toEqual([['a', 8], ['b', 9]]);
  });

  it.each(REFUSED)('refuses %s', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(AppError);
    expect(() => decodeSafetensors(bytes)).toThrow(message);
  });

  it('refuses to write what it would not read', () => {
    const [tensor] = TENSORS;
    if (tensor === undefined) throw new Error('no tensor');
    expect(write([tensor, tensor])).toThrow(/weight is taken/);
    expect(write([{ ...tensor, shape: [3] }])).toThrow(/takes 12 bytes, and has 16/);
    expect(write([{ ...tensor, name: '__metadata__' }])).toThrow(/__metadata__ is taken/);
    expect(HEADER_BYTES_MAX).toBe(100_000_000);
  });

  it('throws nothing but AppError for bytes that were changed', () => {
    const bytes = encodeSafetensors({ metadata: { a: 'b' }, tensors: TENSORS });
    const refusals: unknown[] = [];
    for (let at = 0; at < bytes.length - 24; at += 1) {
      for (const flip of [0x01, 0x20, 0x80]) {
        const changed = bytes.slice();
        changed[at] = (changed[at] ?? 0) ^ flip;
        refusals.push(refusal(changed));
      }
    }
    const thrown = refusals.filter((error) => error !== undefined);
    expect(thrown.length).toBeGreaterThan(300);
    expect(thrown.every((error) => error instanceof AppError)).toBe(true);
    expect(thrown[0]).toMatchObject({ code: 'APP_SAFETENSORS_INVALID' });
  });
});
