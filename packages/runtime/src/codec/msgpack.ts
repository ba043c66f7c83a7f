/**
 * The codec for untyped values, over msgpackr.
 *
 * msgpackr keeps extensions in tables of the module, shared by all of its instances. One class of
 * ours is registered there, once; which classes a codec carries is looked up in the codec that is
 * decoding, so no codec sees another's extensions.
 */
import { addExtension, Packr } from 'msgpackr';

import type { Codec, CodecExtension } from '../contract.js';
import { RuntimeError } from '../errors.js';
import { WireCheck } from './check.js';
import { EXTENSION, TAG, Tagged } from './format.js';
import { Lowering } from './lower.js';
import { resolveCodecOptions } from './options.js';
import type { CodecOptions } from './options.js';

type ExtensionsByCode = ReadonlyMap<number, CodecExtension>;

/** Extensions of the codec that is decoding on this thread; a decode may run inside another. */
let decoding: ExtensionsByCode | undefined;

function malformed(message: string, cause?: unknown): RuntimeError {
  return new RuntimeError('RUNTIME_CODEC_MALFORMED', message, { cause });
}

function entriesToMap(entries: readonly unknown[]): Map<unknown, unknown> {
  if (entries.length % 2 !== 0) throw malformed('a Map has a key without a value');
  const map = new Map<unknown, unknown>();
  for (let index = 0; index < entries.length; index += 2) {
    map.set(entries[index], entries[index + 1]);
  }
  return map;
}

function raise([code, payload]: readonly [number, unknown]): unknown {
  if (decoding === undefined) throw malformed('a tagged value outside of a codec');
  switch (code) {
    case TAG.negativeZero: return -0;
    case TAG.text: return String(payload).slice(1);
    case TAG.set: return new Set(payload as readonly unknown[]);
    case TAG.map: return entriesToMap(payload as readonly unknown[]);
    default: {
      const extension = decoding.get(code);
      if (extension === undefined) throw malformed(`no extension has the code ${String(code)}`);
      return extension.decode(payload);
    }
  }
}

addExtension({
  Class: Tagged,
  type: EXTENSION.tagged,
  write: (tagged: Tagged) => [tagged.code, tagged.payload],
  read: raise,
});

class MsgpackCodec implements Codec {
  readonly #options: Required<CodecOptions>;
  readonly #byCode: ExtensionsByCode;
  readonly #byPrototype: ReadonlyMap<object, CodecExtension>;
  readonly #packr = new Packr({
    useRecords: false,
    mapsAsObjects: true,
    moreTypes: true,
    variableMapSize: true,
    useBigIntExtension: true,
    copyBuffers: true,
  });

  constructor(options: Required<CodecOptions>) {
    this.#options = options;
    this.#byCode = new Map(options.extensions.map((extension) => [extension.code, extension]));
    this.#byPrototype = new Map(options.extensions.map((extension) => (
      [extension.type.prototype as object, extension]
    )));
  }

  encode(value: unknown): Uint8Array {
    const lowered = new Lowering(this.#options, this.#byPrototype).lower(value, 0);
    const packed = this.#packr.pack(lowered);
    this.#checkSize(packed.length);
    return new Uint8Array(packed);
  }

  decode(bytes: Uint8Array): unknown {
    this.#checkSize(bytes.length);
    new WireCheck(bytes, this.#options.depthMax).run();
    const outer = decoding;
    decoding = this.#byCode;
    try {
      // A view of its own: msgpackr leaves a property on what it reads.
      const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return this.#packr.unpack(view) as unknown;
    } catch (cause) {
      if (cause instanceof RuntimeError) throw cause;
      throw malformed(`the value cannot be decoded: ${String(cause)}`, cause);
    } finally {
      decoding = outer;
    }
  }

  #checkSize(bytes: number): void {
    const limit = this.#options.bytesMax;
    if (bytes <= limit) return;
    const message = `the value takes ${bytes} bytes, the codec's limit is ${limit}`;
    throw new RuntimeError('RUNTIME_CODEC_LIMIT', message);
  }
}

/** @throws RuntimeError RUNTIME_OPTION_INVALID */
export function msgpackCodec(options: CodecOptions = {}): Codec {
  return new MsgpackCodec(resolveCodecOptions(options));
}
