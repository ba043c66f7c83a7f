/** Names of stored files: relative paths that mean the same everywhere and never leave a root. */
import { RuntimeError } from '../errors.js';

const SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;
const SEGMENT_LENGTH_MAX = 128;
const NAME_LENGTH_MAX = 512;

/** @throws RuntimeError RUNTIME_STORAGE_NAME */
export function requireName(name: string): void {
  const segments = name.split('/');
  const valid = name.length <= NAME_LENGTH_MAX && segments.every((segment) => (
    segment.length <= SEGMENT_LENGTH_MAX && SEGMENT.test(segment)
  ));
  if (valid) return;
  const rule = `segments of 1 to ${SEGMENT_LENGTH_MAX} letters, digits and ._- that begin with no `
    + `dot, at most ${NAME_LENGTH_MAX} characters`;
  const message = `${JSON.stringify(name)} is no name of a stored file: ${rule}`;
  throw new RuntimeError('RUNTIME_STORAGE_NAME', message);
}
