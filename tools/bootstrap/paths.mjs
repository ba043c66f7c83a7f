/** Where things lie in the checkout, as absolute paths, and how to call npm. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const addonFile = join('native', 'build', 'Release', 'ganglion_native.node');

export const inRoot = (...parts) => join(root, ...parts);

/** Command and leading arguments that run npm itself. */
export function npmCommand(environment = process.env) {
  const script = environment.npm_execpath;
  if (script !== undefined && /\.[cm]?js$/.test(script)) return [process.execPath, script];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
}
