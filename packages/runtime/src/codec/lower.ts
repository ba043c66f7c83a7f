/**
 * Turns a value into one that msgpackr writes without loss: tags what MessagePack has no type for,
 * refuses what has no encoding, and measures depth and a lower bound of the size on the way, so
 * that nothing is written for a value over the limits.
 *
 * Invariants: (1) the value given is not changed; (2) what needs no change is passed on, not
 * copied; (3) depth counts the levels that the reader's check counts.
 */
import type { CodecExtension } from '../contract.js';
import { RuntimeError } from '../errors.js';
import { PROTOTYPE_KEYS, TAG, Tagged } from './format.js';
import type { CodecOptions } from './options.js';

/** Extensions of one codec, by the prototype of their class. */
export type ExtensionsByPrototype = ReadonlyMap<object, CodecExtension>;

const TYPED_ARRAYS: ReadonlySet<unknown> = new Set([
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
  Float32Array, Float64Array, BigInt64Array, BigUint64Array,
].map((type) => type.prototype));
const BYTE_ORDER_MARK = 0xfeff;

function unsupported(what: string): RuntimeError {
  return new RuntimeError('RUNTIME_CODEC_UNSUPPORTED', `${what} has no encoding`);
}

/** Lowers one value; used once. */
export class Lowering {
  readonly #limits: Required<CodecOptions>;
  readonly #extensions: ExtensionsByPrototype;
  #bytes = 0;

  constructor(limits: Required<CodecOptions>, extensions: ExtensionsByPrototype) {
    this.#limits = limits;
    this.#extensions = extensions;
  }

  /** @param depth containers around the value. */
  lower(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string': return this.#text(value);
      case 'number':
        this.#take(1);
        return Object.is(value, -0) ? new Tagged(TAG.negativeZero, null) : value;
      case 'object':
        if (value !== null) return this.#object(value, depth + 1);
        this.#take(1);
        return value;
      case 'bigint':
        this.#take(9);
        return this.#bigint(value);
      case 'boolean':
      case 'undefined':
        this.#take(1);
        return value;
      default: throw unsupported(`a ${typeof value}`);
    }
  }

  #take(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= this.#limits.bytesMax) return;
    const message = `the value takes more than ${this.#limits.bytesMax} bytes, the codec's limit`;
    throw new RuntimeError('RUNTIME_CODEC_LIMIT', message);
  }

  #enter(depth: number): void {
    if (depth <= this.#limits.depthMax) return;
    const message = `the value is nested deeper than ${this.#limits.depthMax}, the codec's limit`;
    throw new RuntimeError('RUNTIME_CODEC_LIMIT', message);
  }

  #text(text: string): unknown {
    this.#take(1 + text.length);
    if (!text.isWellFormed()) throw unsupported('a string with half of a surrogate pair');
    // The reader's TextDecoder would take a leading byte order mark off.
    if (text.charCodeAt(0) === BYTE_ORDER_MARK) return new Tagged(TAG.text, ` ${text}`);
    return text;
  }

  /** Beyond 64 bits the writer goes through strings, whose length must be bounded before. */
  #bigint(value: bigint): bigint {
    if (BigInt.asIntN(64, value) === value || BigInt.asUintN(64, value) === value) return value;
    const digits = value.toString(16).length;
    this.#take(digits >> 1);
    return value;
  }

  #object(value: object, depth: number): unknown {
    this.#enter(depth);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      return this.#record(value as Record<string, unknown>, depth);
    }
    if (prototype === Array.prototype) return this.#array(value as unknown[], depth);
    if (prototype === Map.prototype) return this.#map(value as Map<unknown, unknown>, depth + 1);
    if (prototype === Set.prototype) {
      this.#take(4);
      this.#enter(depth + 1);
      return new Tagged(TAG.set, this.#array([...(value as Set<unknown>)], depth + 1));
    }
    if (prototype === Date.prototype) {
      this.#take(4);
      return value;
    }
    if (TYPED_ARRAYS.has(prototype) || prototype === DataView.prototype) {
      this.#take(4 + (value as ArrayBufferView).byteLength);
      return value;
    }
    return this.#instance(value, prototype as object, depth);
  }

  #array(array: readonly unknown[], depth: number): readonly unknown[] {
    this.#take(1);
    let lowered: unknown[] | undefined;
    for (let index = 0; index < array.length; index += 1) {
      const before = array[index];
      const after = this.lower(before, depth);
      if (lowered === undefined && Object.is(after, before)) continue;
      lowered ??= array.slice();
      lowered[index] = after;
    }
    return lowered ?? array;
  }

  #map(map: ReadonlyMap<unknown, unknown>, depth: number): Tagged {
    this.#take(4);
    this.#enter(depth);
    const entries: unknown[] = [];
    for (const [key, value] of map) entries.push(key, value);
    return new Tagged(TAG.map, this.#array(entries, depth));
  }

  #record(record: Record<string, unknown>, depth: number): Record<string, unknown> {
    this.#take(1);
    if (Object.getOwnPropertySymbols(record).length > 0) throw unsupported('a symbol as a key');
    let lowered: Record<string, unknown> | undefined;
    for (const key of Object.keys(record)) {
      if (PROTOTYPE_KEYS.includes(key)) throw unsupported(`the key ${key}`);
      if (!key.isWellFormed() || key.charCodeAt(0) === BYTE_ORDER_MARK) {
        throw unsupported('a key with half of a surrogate pair or a byte order mark');
      }
      this.#take(1 + key.length);
      const before = record[key];
      const after = this.lower(before, depth);
      if (Object.is(after, before)) continue;
      lowered ??= { ...record };
      lowered[key] = after;
    }
    return lowered ?? record;
  }

  #instance(instance: object, prototype: object, depth: number): unknown {
    if (instance instanceof ArrayBuffer) {
      this.#take(4 + instance.byteLength);
      return instance;
    }
    if (instance instanceof Uint8Array && Buffer.isBuffer(instance)) {
      this.#take(4 + instance.byteLength);
      return new Uint8Array(instance.buffer, instance.byteOffset, instance.byteLength);
    }
    let type: object | null = prototype;
    while (type !== null) {
      const extension = this.#extensions.get(type);
      if (extension !== undefined) {
        this.#take(4);
        return new Tagged(extension.code, this.lower(extension.encode(instance), depth));
      }
      type = Object.getPrototypeOf(type) as object | null;
    }
    const name: unknown = (prototype as { constructor?: { name?: unknown } }).constructor?.name;
    throw unsupported(`an instance of ${typeof name === 'string' ? name : 'an unnamed class'}`);
  }
}
