import { pack as msgpackrPack, unpack as msgpackrUnpack } from 'msgpackr';
import { describe, expect, it } from 'vitest';

import type { Codec, Random } from '../contract.js';
import { RuntimeError } from '../errors.js';
import { seededRandom } from '../random.js';
import { msgpackCodec } from './msgpack.js';

const codec = msgpackCodec();
const roundTrip = (value: unknown): unknown => codec.decode(codec.encode(value));
const raw = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);
const coded = (code: string): unknown => expect.objectContaining({ code });

function nested(levels: number): unknown {
  let value: unknown = 0;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

class Money {
  readonly cents: number;

  constructor(cents: number) {
    this.cents = cents;
  }
}

class Tip extends Money {}

const money = {
  code: 7,
  type: Money,
  encode: (amount: Money) => amount.cents,
  decode: (payload: unknown) => {
    if (typeof payload !== 'number') throw new TypeError('cents are a number');
    return new Money(payload);
  },
};

const MANY_KEYS = Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [i, i]));
const EQUAL_VALUES: readonly [string, unknown][] = [
  ['null', null],
  ['undefined', undefined],
  ['booleans', [true, false]],
  ['small integers', [0, 1, 31, 32, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32]],
  ['negative integers', [-1, -32, -33, -128, -129, -32_768, -32_769, -(2 ** 31), -(2 ** 31) - 1]],
  ['negative zero', [-0, 0, { zero: -0 }]],
  ['floats', [0.1, -1.5, Number.MAX_VALUE, Number.MIN_VALUE, Infinity, -Infinity, Number.NaN]],
  ['safe integers', [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]],
  ['texts', ['', 'a', 'é', '漢字', '😀', 'x'.repeat(40), 'é'.repeat(40), 'y'.repeat(70_000)]],
  ['texts with a byte order mark', ['\ufeff', '\ufeffa', `a\ufeff`, '\ufeff'.repeat(300)]],
  ['bigints', [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 63n, 2n ** 64n, -(2n ** 300n)]],
  ['a bigint over 8 KiB', 2n ** 70_000n],
  ['dates', [new Date(0), new Date(1), new Date(-1), new Date(8.64e15), new Date(-8.64e15)]],
  ['dates around 2^32 s', [new Date(2 ** 32 * 1_000 - 1), new Date(2 ** 32 * 1_000)]],
  ['Map', new Map<unknown, unknown>([['a', 1], [{ key: true }, new Map([[1, -0]])]])],
  ['Map with prototype keys', new Map([['__proto__', 1], ['constructor', 2]])],
  ['Set', new Set([1, 'a', -0, new Set([2n])])],
  ['objects', { a: { b: { c: [] } }, '': 0, 'ключ': 1 }],
  ['an object of 70,000 keys', MANY_KEYS],
  ['bytes', new Uint8Array([1, 2, 3])],
  ['typed arrays', [
    new Int8Array([-1]), new Uint8ClampedArray([255]), new Int16Array([-2]), new Uint16Array([2]),
    new Int32Array([-3]), new Uint32Array([3]), new Float32Array([0.5, Number.NaN]),
    new Float64Array([-0, 1e300]), new BigInt64Array([-4n]), new BigUint64Array([4n]),
  ]],
  ['a part of a typed array', new Float32Array([1, 2, 3, 4]).subarray(1, 3)],
  ['ArrayBuffer and DataView', [new ArrayBuffer(3), new DataView(new ArrayBuffer(8), 2, 3)]],
  ['an empty typed array', new Float64Array()],
];

describe('CODEC-1: values come back equal', () => {
  it.each(EQUAL_VALUES)('%s', (_name, value) => {
    expect(roundTrip(value)).toStrictEqual(value);
  });

  it('invalid dates', () => {
    expect((roundTrip(new Date(Number.NaN)) as Date).getTime()).toBe(Number.NaN);
  });

  it('a buffer of Node comes back as the bytes that it is', () => {
    expect(roundTrip(Buffer.from('abc'))).toStrictEqual(new Uint8Array([97, 98, 99]));
  });

  it('shared memory comes back as a copy', () => {
    const shared = new Int32Array(new SharedArrayBuffer(8));
    shared[1] = 5;
    expect(roundTrip(shared)).toStrictEqual(new Int32Array([0, 5]));
  });

  it('an object without a prototype comes back as a plain one', () => {
    const bare = Object.assign(Object.create(null) as object, { a: 1 });
    expect(roundTrip(bare)).toStrictEqual({ a: 1 });
  });

  it('a hole in an array comes back as undefined', () => {
    // oxlint-disable-next-line no-sparse-arrays -- the hole is what is tested
    expect(roundTrip([1, , 3])).toStrictEqual([1, undefined, 3]);
  });

  it('the value given is not changed', () => {
    const value = { zero: -0, map: new Map([[-0, [-0]]]), list: [new Set([-0])] };
    codec.encode(value);
    expect(value).toStrictEqual({ zero: -0, map: new Map([[-0, [-0]]]), list: [new Set([-0])] });
  });

  it('the bytes belong to the caller alone', () => {
    const first = codec.encode('first');
    expect(first.buffer.byteLength).toBe(first.length);
    codec.encode('other');
    expect(codec.decode(first)).toBe('first');
  });

  it('the decoded value shares no memory with the bytes', () => {
    const bytes = codec.encode([new Uint8Array([1, 2]), new Uint16Array([3])]);
    const decoded = codec.decode(bytes);
    bytes.fill(0);
    expect(decoded).toStrictEqual([new Uint8Array([1, 2]), new Uint16Array([3])]);
  });

  it('reads from a part of a larger buffer and leaves no trace on it', () => {
    const encoded = codec.encode({ a: 'x'.repeat(50) });
    const larger = new Uint8Array(encoded.length + 20);
    larger.set(encoded, 10);
    const part = larger.subarray(10, 10 + encoded.length);
    expect(codec.decode(part)).toStrictEqual({ a: 'x'.repeat(50) });
    expect(Object.keys(part)).toHaveLength(encoded.length);
  });
});

describe('CODEC-2: what would not come back equal is refused', () => {
  it.each<[string, unknown, string]>([
    ['a function', () => 1, 'a function has no encoding'],
    ['a function within', { deep: [() => 1] }, 'a function has no encoding'],
    ['a symbol', Symbol('s'), 'a symbol has no encoding'],
    ['a symbol as a key', { [Symbol('s')]: 1 }, 'a symbol as a key has no encoding'],
    ['an instance of a class', new Money(1), 'an instance of Money has no encoding'],
    ['an Error', new Error('e'), 'an instance of Error has no encoding'],
    ['a RegExp', /a/, 'an instance of RegExp has no encoding'],
    ['a Promise', Promise.resolve(), 'an instance of Promise has no encoding'],
    ['a derived Map', new (class Cache extends Map {})(), 'an instance of Cache has no encoding'],
    ['a key __proto__', JSON.parse('{"__proto__":1}'), 'the key __proto__ has no encoding'],
    ['a key constructor', { constructor: 1 }, 'the key constructor has no encoding'],
    ['a key prototype', { a: { prototype: 1 } }, 'the key prototype has no encoding'],
    ['half a surrogate pair', '\ud800', 'half of a surrogate pair has no encoding'],
    ['half a pair in a key', { '\udc00': 1 }, 'a byte order mark has no encoding'],
  ])('RUNTIME_CODEC_UNSUPPORTED: %s', (_name, value, message) => {
    expect(() => codec.encode(value)).toThrow(coded('RUNTIME_CODEC_UNSUPPORTED'));
    expect(() => codec.encode(value)).toThrow(message);
  });
});

describe('limits', () => {
  const small = msgpackCodec({ depthMax: 3, bytesMax: 64 });

  it.each<[string, unknown, unknown]>([
    ['arrays', nested(3), nested(4)],
    ['objects', { a: { b: {} } }, { a: { b: { c: {} } } }],
    ['a Map counts two', new Map([[[], 1]]), new Map([[[[]], 1]])],
    ['a Set counts two', new Set([[]]), new Set([[[]]])],
  ])('RUNTIME_CODEC_LIMIT: depth, the same on both ends: %s', (_name, fits, tooDeep) => {
    expect(small.decode(small.encode(fits))).toStrictEqual(fits);
    expect(() => small.encode(tooDeep)).toThrow(coded('RUNTIME_CODEC_LIMIT'));
    const bytes = codec.encode(tooDeep);
    expect(() => small.decode(bytes)).toThrow(coded('RUNTIME_CODEC_LIMIT'));
  });

  it('RUNTIME_CODEC_LIMIT: a cycle is deeper than every limit', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(() => codec.encode(cycle)).toThrow('nested deeper than 64');
  });

  it('RUNTIME_CODEC_LIMIT: a value that is small but many times over is measured', () => {
    let doubled: unknown[] = [0];
    for (let level = 0; level < 40; level += 1) doubled = [doubled, doubled];
    expect(() => codec.encode(doubled)).toThrow('takes more than 16777216 bytes');
  });

  it.each<[string, unknown]>([
    ['text', 'x'.repeat(64)],
    ['two-byte text', 'é'.repeat(32)],
    ['bytes', new Uint8Array(64)],
    ['array', Array.from({ length: 64 }, () => 0)],
    ['bigint', 2n ** 600n],
    ['keys', Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`k${i}`, 0]))],
  ])('RUNTIME_CODEC_LIMIT: bytes, on both ends: %s', (_name, value) => {
    expect(() => small.encode(value)).toThrow(coded('RUNTIME_CODEC_LIMIT'));
    const bytes = codec.encode(value);
    expect(() => small.decode(bytes)).toThrow(coded('RUNTIME_CODEC_LIMIT'));
  });

  it.each<[string, unknown]>([
    ['text', 'x'.repeat(64)],
    ['bytes', new Uint8Array(64)],
    ['a buffer of Node', Buffer.alloc(64)],
    ['ArrayBuffer', new ArrayBuffer(64)],
    ['bigint', 2n ** 600n],
  ])('RUNTIME_CODEC_LIMIT: measured before anything is written: %s', (_name, value) => {
    expect(() => small.encode(value)).toThrow('the value takes more than 64 bytes');
  });

  it('takes exactly bytesMax', () => {
    expect(small.decode(small.encode('x'.repeat(62)))).toBe('x'.repeat(62));
    expect(small.encode('x'.repeat(62))).toHaveLength(64);
    expect(() => small.encode('x'.repeat(63))).toThrow('takes 65 bytes, the codec\'s limit is 64');
  });

  it.each<[object, string]>([
    [{ depthMax: 0 }, 'depthMax is 0, must be an integer 1 to 500'],
    [{ bytesMax: 2 ** 31 }, 'bytesMax is 2147483648, must be an integer 1 to 1073741824'],
    [{ depth: 1 }, 'codec: unknown option depth; known are depthMax, bytesMax, extensions'],
    [{ extensions: [{ ...money, code: -1 }] }, 'extension code is -1'],
    [{ extensions: [money, money] }, 'extension code 7 of Money is taken'],
  ])('RUNTIME_OPTION_INVALID: %j', (options, message) => {
    expect(() => msgpackCodec(options)).toThrow(coded('RUNTIME_OPTION_INVALID'));
    expect(() => msgpackCodec(options)).toThrow(message);
  });
});

describe('extensions', () => {
  const rich = msgpackCodec({ extensions: [money] });

  it('carry instances, also within other values', () => {
    const value = { price: new Money(5), map: new Map([[new Money(6), [new Money(-0)]]]) };
    expect(rich.decode(rich.encode(value))).toStrictEqual(value);
  });

  it('carry derived classes as their parent, unless they have one of their own', () => {
    expect(rich.decode(rich.encode(new Tip(3)))).toStrictEqual(new Money(3));
    const tip = { ...money, code: 300, type: Tip, decode: () => new Tip(1) };
    const richer = msgpackCodec({ extensions: [money, tip] });
    expect(richer.decode(richer.encode([new Tip(1), new Money(2)])))
      .toStrictEqual([new Tip(1), new Money(2)]);
  });

  it('belong to one codec', () => {
    const bytes = rich.encode(new Money(5));
    expect(() => codec.decode(bytes)).toThrow('no extension has the code 7');
    expect(() => codec.encode(new Money(5))).toThrow(coded('RUNTIME_CODEC_UNSUPPORTED'));
    const other = msgpackCodec({ extensions: [{ ...money, decode: () => new Tip(9) }] });
    expect(other.decode(bytes)).toStrictEqual(new Tip(9));
    expect(rich.decode(bytes)).toStrictEqual(new Money(5));
  });

  it('leave other users of msgpackr alone', () => {
    expect(msgpackrUnpack(msgpackrPack({ a: [1, 'b'] }))).toStrictEqual({ a: [1, 'b'] });
    expect(() => msgpackrUnpack(rich.encode(new Money(1)))).toThrow('outside of a codec');
  });

  it('may use a codec while they run', () => {
    const inner: Codec = msgpackCodec();
    const wrapping = msgpackCodec({
      extensions: [{
        ...money,
        encode: ({ cents }: Money) => inner.encode({ cents }),
        decode: (payload: unknown) => (
          new Money((inner.decode(payload as Uint8Array) as Money).cents)
        ),
      }],
    });
    const value = [new Money(1), 'between', new Money(2)];
    expect(wrapping.decode(wrapping.encode(value))).toStrictEqual(value);
  });

  it('RUNTIME_CODEC_MALFORMED: a payload that an extension refuses', () => {
    const lying = msgpackCodec({ extensions: [{ ...money, encode: () => 'five' }] });
    expect(() => rich.decode(lying.encode(new Money(5)))).toThrow(expect.objectContaining({
      code: 'RUNTIME_CODEC_MALFORMED', cause: new TypeError('cents are a number'),
    }));
    expect(rich.decode(rich.encode(new Money(5)))).toStrictEqual(new Money(5));
  });

  it('RUNTIME_CODEC_LIMIT: an extension that gives itself is deeper than every limit', () => {
    const endless = msgpackCodec({ extensions: [{ ...money, encode: (amount: Money) => amount }] });
    expect(() => endless.encode(new Money(1))).toThrow('nested deeper than 64');
  });
});

describe('CODEC-3: bytes that no codec made', () => {
  it.each<[string, Uint8Array]>([
    ['no bytes', raw()],
    ['a second value', raw(0x01, 0x02)],
    ['the token that is never used', raw(0xc1)],
    ['a text cut short', raw(0xa3, 0x61)],
    ['a text that is not UTF-8', raw(0xa2, 0xc3, 0x28)],
    ['half of a surrogate pair', raw(0xa3, 0xed, 0xa0, 0x80)],
    ['an array of 2^32-1 in five bytes', raw(0xdd, 0xff, 0xff, 0xff, 0xff)],
    ['a map of 2^32-1 in five bytes', raw(0xdf, 0xff, 0xff, 0xff, 0xff)],
    ['bytes of 2^32-1 in five', raw(0xc9, 0xff, 0xff, 0xff, 0xff)],
    ['MessagePack\'s bin, which is not ours', raw(0xc4, 0x01, 0x00)],
    ['a key that is a number', raw(0x81, 0x01, 0x01)],
    ['the key __proto__', raw(0x81, 0xa9, ...new TextEncoder().encode('__proto__'), 0x01)],
    ['the key constructor', raw(0x81, 0xab, ...new TextEncoder().encode('constructor'), 0x01)],
    ['the key prototype', raw(0x81, 0xd9, 9, ...new TextEncoder().encode('prototype'), 0x01)],
    ['a record of msgpackr', raw(0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 0x01)],
    ['an Error of msgpackr', raw(0xd4, 0x65, 0x00, 0x92, 0xa1, 0x61, 0xa1, 0x62)],
    ['a RegExp of msgpackr', raw(0xd4, 0x78, 0x00, 0x92, 0xa1, 0x28, 0xa0)],
    ['a reference of msgpackr', raw(0xd6, 0x70, 0, 0, 0, 1)],
    ['strings bundled by msgpackr', raw(0xd6, 0x62, 0, 0, 0, 0, 0x01)],
    ['a date of 5 bytes', raw(0xc7, 5, 0xff, 0, 0, 0, 0, 0)],
    ['a typed array of half an element', raw(0xc7, 3, 0x74, 0x06, 0x00, 0x00)],
    ['a typed array of no kind', raw(0xc7, 2, 0x74, 0x0c, 0x00)],
    ['a bigint of no bytes', raw(0xc7, 0, 0x42)],
    ['a tag without a payload', raw(0xd4, 0x47, 0x00)],
    ['a tag cut after its array', raw(0xd4, 0x47, 0x00, 0x92)],
    ['a tag cut after its code', raw(0xd4, 0x47, 0x00, 0x92, 0xff)],
    ['a tag of three', raw(0xd4, 0x47, 0x00, 0x93, 0xff, 0x90, 0x90)],
    ['a tag with a code that is a text', raw(0xd4, 0x47, 0x00, 0x92, 0xa1, 0x61, 0x90)],
    ['a tag with a long form of its code', raw(0xd4, 0x47, 0x00, 0x92, 0xd0, 0xff, 0xa1, 0x61)],
    ['a Map of a text', raw(0xd4, 0x47, 0x00, 0x92, 0xff, 0xa1, 0x61)],
    ['a Map of an odd array', raw(0xd4, 0x47, 0x00, 0x92, 0xff, 0x91, 0x01)],
    ['a Set of null', raw(0xd4, 0x47, 0x00, 0x92, 0xfe, 0xc0)],
    ['negative zero with a payload', raw(0xd4, 0x47, 0x00, 0x92, 0xfd, 0x01)],
    ['a marked text of an object', raw(0xd4, 0x47, 0x00, 0x92, 0xfc, 0x80)],
    ['a tag that nobody has', raw(0xd4, 0x47, 0x00, 0x92, 0xfb, 0xc0)],
    ['an extension that nobody has', raw(0xd4, 0x47, 0x00, 0x92, 0x05, 0xc0)],
  ])('RUNTIME_CODEC_MALFORMED: %s', (_name, bytes) => {
    expect(() => codec.decode(bytes)).toThrow(coded('RUNTIME_CODEC_MALFORMED'));
  });

  it('RUNTIME_CODEC_LIMIT: deep nesting does not overflow the stack', () => {
    expect(() => codec.decode(new Uint8Array(100_000).fill(0x91))).toThrow('nest deeper than 64');
    const tags = Uint8Array.from({ length: 60_000 }, (_, at) => (
      [0xd4, 0x47, 0x00, 0x92, 0x01][at % 5] ?? 0
    ));
    expect(() => codec.decode(tags)).toThrow('nest deeper than 64');
  });

  it('nothing but RuntimeError, for 20,000 random inputs', () => {
    const random = seededRandom(20_240_601);
    let decoded = 0;
    for (let count = 0; count < 20_000; count += 1) {
      const bytes = Uint8Array.from({ length: random.below(24) }, () => random.below(256));
      try {
        codec.decode(bytes);
        decoded += 1;
      } catch (error) {
        if (!(error instanceof RuntimeError)) throw error;
      }
    }
    // Single tokens are values, so some inputs decode; were it most, the check would be off.
    expect(decoded).toBeGreaterThan(500);
    expect(decoded).toBeLessThan(4_000);
  });
});

function randomValue(random: Random, depth: number): unknown {
  const pick = random.below(depth > 0 ? 12 : 8);
  const size = random.below(5);
  const list = (): unknown[] => Array.from({ length: size }, () => randomValue(random, depth - 1));
  switch (pick) {
    case 0: return [null, undefined, true, false, -0][random.below(5)];
    case 1: return random.u32() - 2 ** 31;
    case 2: return (random.float() - 0.5) * 2 ** random.below(200);
    case 3: return String.fromCodePoint(
      ...Array.from({ length: random.below(60) }, () => random.below(0xd800)),
    );
    case 4: return BigInt(random.u32() - 2 ** 31) ** BigInt(random.below(9));
    case 5: return new Date(random.below(2 ** 32) * 1_000 - random.u32());
    case 6: return Float64Array.from({ length: size }, () => random.float());
    case 7: return Uint8Array.from({ length: random.below(300) }, () => random.below(256));
    case 8: return list();
    case 9: return new Set(list());
    case 10: return new Map(list().map((key) => [key, randomValue(random, depth - 1)]));
    default: return Object.fromEntries(list().map((value, index) => (
      [`${index}${'k'.repeat(random.below(40))}`, value]
    )));
  }
}

describe('properties', () => {
  it('CODEC-1: random values come back equal', () => {
    const random = seededRandom(99);
    for (let count = 0; count < 400; count += 1) {
      const value = randomValue(random, 4);
      expect(roundTrip(value)).toStrictEqual(value);
    }
  });

  it('CODEC-3: damaged bytes give a value or a RuntimeError', () => {
    const random = seededRandom(100);
    const outcomes = { decoded: 0, refused: 0 };
    for (let count = 0; count < 2_000; count += 1) {
      const bytes = codec.encode(randomValue(random, 3));
      bytes[random.below(bytes.length)] = random.below(256);
      try {
        codec.decode(bytes.subarray(0, bytes.length - random.below(2)));
        outcomes.decoded += 1;
      } catch (error) {
        if (!(error instanceof RuntimeError)) throw error;
        outcomes.refused += 1;
      }
    }
    expect(outcomes.decoded).toBeGreaterThan(400);
    expect(outcomes.refused).toBeGreaterThan(400);
  });
});
