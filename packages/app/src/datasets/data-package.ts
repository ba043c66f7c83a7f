/** Data of npm packages that a training script installs for itself. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

import { AppError } from '../errors.js';

/**
 * Folder of an installed package, as seen from `module`.
 * @throws AppError APP_DATA_MISSING with how to get it.
 */
export function packageFolder(name: string, module: string, what: string): string {
  try {
    return dirname(createRequire(module).resolve(`${name}/package.json`));
  } catch (cause) {
    const message = `${what} not installed: the package ${name} is not found from ${module}; ` +
      `get it with: npm install ${name}`;
    throw new AppError('APP_DATA_MISSING', message, { cause });
  }
}

/**
 * What a JSON file of the package holds.
 * @throws AppError APP_DATA_MISSING, APP_DATA_INVALID
 */
export async function readPackageJson(name: string, path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const message = `${path} cannot be read; get it again with: npm install ${name}`;
    throw new AppError('APP_DATA_MISSING', message, { cause });
  });
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new AppError('APP_DATA_INVALID', `${path} is not JSON`, { cause });
  }
}
