/**
 * Examples in documents. Between `<!-- example: path -->` and `<!-- /example -->` stands the file
 * at `path`, from the repository's root, without its header comment.
 */
import { extname } from 'node:path';

const MARKED = /(<!-- example: (\S+) -->\n)([\s\S]*?)(<!-- \/example -->)/g;
const BLOCK = /^```ts\n([\s\S]*?)^```$/gm;
const LANGUAGES = { '.ts': 'ts', '.mjs': 'js', '.json': 'json', '.sh': 'sh' };

const withoutHeader = (text) => text.replace(/^\/\*\*[\s\S]*?\*\/\n+/, '').trimEnd();

/**
 * The document with every marked example as it is on disk. `read(path)` gives a file's text or
 * undefined.
 * @throws Error naming the document's example when the file is missing.
 */
export function splice(text, read) {
  return text.replace(MARKED, (_all, open, path, _old, close) => {
    const source = read(path);
    if (source === undefined) throw new Error(`example ${path} does not exist`);
    const language = LANGUAGES[extname(path)] ?? '';
    return `${open}\`\`\`${language}\n${withoutHeader(source)}\n\`\`\`\n${close}`;
  });
}

const lineAt = (text, index) => text.slice(0, index).split('\n').length;

/** TypeScript blocks that are not spliced from a file: `[{ line, code }]`. */
export function looseBlocks(text) {
  const blank = text.replace(MARKED, (all) => all.replace(/[^\n]/g, ''));
  return [...blank.matchAll(BLOCK)].map((match) => ({
    line: lineAt(blank, match.index),
    code: match[1],
  }));
}
