import { readFile } from 'node:fs/promises';

import { expect, it } from 'vitest';

const read = (path: string): Promise<string> => readFile(new URL(path, import.meta.url), 'utf8');

function codes(text: string): string[] {
  return [...text.matchAll(/[|] ['`](RUNTIME_[A-Z_]+)['`]/g)].map(([, code = '']) => code);
}

it('the README describes exactly the codes that there are', async () => {
  const [source, readme] = await Promise.all([read('errors.ts'), read('../README.md')]);
  expect(codes(source)).toHaveLength(20);
  expect(codes(readme)).toEqual(codes(source));
});
