import type { CodecExtension } from '../contract.js';
import { RuntimeError } from '../errors.js';
import { overlay, requireInteger } from '../options.js';

/** Limits and extensions of a codec. */
export interface CodecOptions {
  /**
   * Levels of nesting; an array or object counts one, a Map, a Set and an instance of an extended
   * class one more than what they hold would as an array.
   * @default 64
   */
  readonly depthMax?: number;
  /**
   * Bytes of one encoded value.
   * @default 16777216
   */
  readonly bytesMax?: number;
  /**
   * Classes that this codec carries besides plain data.
   * @default none
   */
  readonly extensions?: readonly CodecExtension[];
}

/** Defaults of `CodecOptions`. */
export const codecDefaults: Required<CodecOptions> = Object.freeze({
  depthMax: 64,
  bytesMax: 16 * 1_024 * 1_024,
  extensions: Object.freeze([]),
});

const CODE_MAX = 65_535;

/** @throws RuntimeError RUNTIME_OPTION_INVALID */
export function resolveCodecOptions(options: CodecOptions): Required<CodecOptions> {
  const resolved = overlay('codec', codecDefaults, options);
  requireInteger('depthMax', resolved.depthMax, { min: 1, max: 500 });
  requireInteger('bytesMax', resolved.bytesMax, { min: 1, max: 2 ** 30 });
  const codes = new Set<number>();
  for (const { code, type } of resolved.extensions) {
    requireInteger('extension code', code, { min: 0, max: CODE_MAX });
    if (codes.has(code)) {
      const message = `extension code ${code} of ${type.name} is taken by another extension`;
      throw new RuntimeError('RUNTIME_OPTION_INVALID', message);
    }
    codes.add(code);
  }
  return resolved;
}
