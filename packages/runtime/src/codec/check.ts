/**
 * Checks bytes before msgpackr reads them: exactly one value of the types of `format.ts`, within
 * the depth limit, whole, with no prototype key. What passes cannot make the reader allocate more
 * than a small multiple of the bytes, nor call anything but the codec's own extension.
 */
import { isUtf8 } from 'node:buffer';

import { RuntimeError } from '../errors.js';
import { EXTENSION, PROTOTYPE_KEYS, TAG } from './format.js';

const LATIN1 = new TextDecoder('latin1');
const KEY_LENGTHS: ReadonlySet<number> = new Set(PROTOTYPE_KEYS.map((key) => key.length));
const TYPED_ARRAY_WIDTHS: readonly number[] = Object.freeze([1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8]);
const ARRAY_BUFFER = 16;
const DATA_VIEW = 17;
/** Bytes after the token of 0xca to 0xd3: f32, f64, u8 to u64, i8 to i64. */
const NUMBER_BYTES: readonly number[] = Object.freeze([4, 8, 1, 2, 4, 8, 1, 2, 4, 8]);

function malformed(at: number, what: string): RuntimeError {
  return new RuntimeError('RUNTIME_CODEC_MALFORMED', `byte ${at}: ${what}`);
}

/** Whether a value that begins with `token` can follow the code of a tag. */
function isPayload(code: number, token: number): boolean {
  switch (code) {
    case TAG.map:
    case TAG.set: return (token >= 0x90 && token < 0xa0) || token === 0xdc || token === 0xdd;
    case TAG.negativeZero: return token === 0xc0;
    case TAG.text: return (token >= 0xa0 && token < 0xc0) || (token >= 0xd9 && token <= 0xdb);
    default: return code >= 0;
  }
}

/** Walks the bytes of one encoded value; used once. */
export class WireCheck {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #depthMax: number;
  #at = 0;

  constructor(bytes: Uint8Array, depthMax: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#depthMax = depthMax;
  }

  /** @throws RuntimeError RUNTIME_CODEC_MALFORMED or RUNTIME_CODEC_LIMIT */
  run(): void {
    this.#value(0);
    if (this.#at !== this.#bytes.length) {
      throw malformed(this.#at, `${this.#bytes.length - this.#at} bytes follow the value`);
    }
  }

  /** Moves on and returns where the skipped bytes begin. */
  #skip(count: number): number {
    const from = this.#at;
    if (count > this.#bytes.length - from) {
      const text = `needs ${count} bytes, ${this.#bytes.length - from} are left`;
      throw malformed(from, text);
    }
    this.#at = from + count;
    return from;
  }

  /** Reads an unsigned length of 1, 2 or 4 bytes. */
  #length(width: number): number {
    const at = this.#skip(width);
    if (width === 1) return this.#view.getUint8(at);
    return width === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  #value(depth: number): void {
    const at = this.#skip(1);
    const token = this.#view.getUint8(at);
    if (token < 0x80 || token >= 0xe0) return;
    if (token < 0x90) return this.#map(token & 0x0f, depth + 1);
    if (token < 0xa0) return this.#array(token & 0x0f, depth + 1);
    if (token < 0xc0) return void this.#text(token & 0x1f);
    if (token === 0xc0 || token === 0xc2 || token === 0xc3) return;
    if (token >= 0xc7 && token <= 0xc9) return this.#extension(this.#length(1 << (token - 0xc7)));
    if (token >= 0xca && token <= 0xd3) {
      this.#skip(NUMBER_BYTES[token - 0xca] as number); // the table has the ten tokens of the range
      return;
    }
    if (token === 0xd4) return this.#fixed1(depth + 1);
    if (token >= 0xd5 && token <= 0xd8) return this.#extension(2 << (token - 0xd5));
    if (token >= 0xd9 && token <= 0xdb) return void this.#text(this.#length(1 << (token - 0xd9)));
    if (token === 0xdc || token === 0xdd) {
      return this.#array(this.#length(token === 0xdc ? 2 : 4), depth + 1);
    }
    if (token === 0xde || token === 0xdf) {
      return this.#map(this.#length(token === 0xde ? 2 : 4), depth + 1);
    }
    throw malformed(at, `no value begins with 0x${token.toString(16)}`);
  }

  #enter(depth: number, values: number): void {
    if (depth > this.#depthMax) {
      const message = `the bytes nest deeper than ${this.#depthMax}, the codec's limit`;
      throw new RuntimeError('RUNTIME_CODEC_LIMIT', message);
    }
    const left = this.#bytes.length - this.#at;
    if (values > left) throw malformed(this.#at, `${values} values in ${left} bytes`);
  }

  #array(count: number, depth: number): void {
    this.#enter(depth, count);
    for (let index = 0; index < count; index += 1) this.#value(depth);
  }

  #map(count: number, depth: number): void {
    this.#enter(depth, 2 * count);
    for (let index = 0; index < count; index += 1) {
      this.#key();
      this.#value(depth);
    }
  }

  /** Checks a text of `length` bytes; returns where it begins. */
  #text(length: number): number {
    const from = this.#skip(length);
    const end = from + length;
    let at = from;
    // Most texts are short and ASCII: a loop is cheaper than the call.
    while (at < end && this.#view.getUint8(at) < 0x80) at += 1;
    if (at < end && !isUtf8(this.#bytes.subarray(at, end))) {
      throw malformed(from, 'the text is not UTF-8');
    }
    return from;
  }

  #key(): void {
    const at = this.#skip(1);
    const token = this.#view.getUint8(at);
    let length: number;
    if (token >= 0xa0 && token < 0xc0) length = token & 0x1f;
    else if (token >= 0xd9 && token <= 0xdb) length = this.#length(1 << (token - 0xd9));
    else throw malformed(at, 'a key is not text');
    const from = this.#text(length);
    if (!KEY_LENGTHS.has(length)) return;
    const key = LATIN1.decode(this.#bytes.subarray(from, from + length));
    if (PROTOTYPE_KEYS.includes(key)) throw malformed(at, `the key ${key} is refused`);
  }

  /** An extension of one byte: undefined, an invalid date, or a tag before [code, payload]. */
  #fixed1(depth: number): void {
    const at = this.#skip(2);
    const type = this.#view.getUint8(at);
    if (type === EXTENSION.undefined || type === EXTENSION.date) return;
    if (type === EXTENSION.tagged) return this.#tagged(depth);
    throw malformed(at, `unknown extension type ${type}`);
  }

  #tagged(depth: number): void {
    this.#enter(depth, 3);
    const at = this.#skip(1);
    if (this.#view.getUint8(at) !== 0x92) throw malformed(at, 'a tag has no [code, payload]');
    const code = this.#code();
    this.#enter(depth, 1);
    const payload = this.#view.getUint8(this.#at);
    if (!isPayload(code, payload)) throw malformed(this.#at, `no payload of tag ${code}`);
    this.#value(depth);
  }

  /** A tag's code in the one form that the writer gives it. */
  #code(): number {
    const at = this.#skip(1);
    const token = this.#view.getUint8(at);
    if (token < 0x80 || token >= 0xe0) return this.#view.getInt8(at);
    if (token === 0xcc || token === 0xcd) return this.#length(1 << (token - 0xcc));
    throw malformed(at, 'the code of a tag is not a small integer');
  }

  #extension(length: number): void {
    const type = this.#length(1);
    const from = this.#skip(length);
    if (type === EXTENSION.bigint && length > 0) return;
    if (type === EXTENSION.date && (length === 4 || length === 8 || length === 12)) return;
    if (type === EXTENSION.bytes && length > 0) {
      const kind = this.#view.getUint8(from);
      const width = TYPED_ARRAY_WIDTHS[kind] ?? 1;
      const known = kind < TYPED_ARRAY_WIDTHS.length || kind === ARRAY_BUFFER || kind === DATA_VIEW;
      if (known && (length - 1) % width === 0) return;
    }
    throw malformed(from, `unknown extension type ${type} of ${length} bytes`);
  }
}
