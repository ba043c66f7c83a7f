import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileBlocks } from './compile.mjs';
import { anchorOf, brokenLinks } from './links.mjs';
import { looseBlocks, splice } from './splice.mjs';

const files = {
  'examples/a.ts': '/** What it shows. */\nexport const one = 1;\n',
  'docs/b.md': '# Rules of `ask`\n\n## Two: more\n',
};
const read = (path) => files[path];
const marked = (inside) =>
  `# A\n<!-- example: examples/a.ts -->\n${inside}<!-- /example -->\nend\n`;
const spliced = marked('```ts\nexport const one = 1;\n```\n');

describe('examples', () => {
  test('a marked example is replaced by its file without the header comment', () => {
    expect(splice(marked(''), read)).toBe(spliced);
    expect(splice(marked('```ts\nold\n```\n'), read)).toBe(spliced);
    expect(splice(spliced, read)).toBe(spliced);
  });

  test('an example whose file is gone is named', () => {
    const text = '<!-- example: examples/gone.ts -->\n<!-- /example -->';
    expect(() => splice(text, read)).toThrow('example examples/gone.ts does not exist');
  });

  test('only blocks outside of markers are loose, with their line', () => {
    expect(looseBlocks(`${spliced}\n\`\`\`ts\nconst two = 2;\n\`\`\`\n`)).toEqual([
      { line: 9, code: 'const two = 2;\n' },
    ]);
  });

  test('a loose block that does not compile is named', { timeout: 30_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'ganglion-readme-'));
    const blocks = [
      { path: 'README.md', line: 10, code: 'export const fine: number = 1;\n' },
      { path: 'README.md', line: 20, code: '\nconst wrong: number = "one";\n' },
    ];
    const faults = compileBlocks(blocks, folder).filter((fault) => fault.startsWith('README'));
    rmSync(folder, { recursive: true });
    expect(faults).toEqual([
      "README.md:22 does not compile: Type 'string' is not assignable to type 'number'.",
    ]);
  });
});

describe('links', () => {
  test('anchors are made as hosts make them', () => {
    expect(anchorOf(' Two: more `Than` one')).toBe('two-more-than-one');
  });

  test('missing files and headings are named with their line; other sites are left alone', () => {
    const text = [
      '[a](../examples/a.ts) [site](https://example.org/x)',
      '[gone](gone.md)',
      '[two](b.md#two-more) [three](b.md#three)',
      '```',
      '[in code](nowhere.md)',
      '```',
    ].join('\n');
    expect(brokenLinks('docs/c.md', text, read)).toEqual([
      'docs/c.md:2 docs/gone.md does not exist',
      'docs/c.md:3 docs/b.md has no heading #three',
    ]);
  });
});
