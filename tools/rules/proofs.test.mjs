import { describe, expect, test } from 'vitest';
import { treeOf } from '../tidy/tree.mjs';
import { citations, withProofs } from './proofs.mjs';

const cited = citations(
  treeOf({
    'packages/gpu/src/b.test.ts': "test('KERNELS-M1: drains; KERNELS-M2', () => {});\n",
    'packages/gpu/src/a.test.ts': "test('KERNELS-M1: one owner', () => {});\n",
    'packages/gpu/src/testing/kit.ts': "name: 'KERNELS-M2: reuse',\n",
    'packages/gpu/src/c.ts': '// KERNELS-M3\n',
  }).files,
);

const rules = (proofOfOne, proofOfTwo) =>
  [
    '# Kernels',
    '',
    '- **KERNELS-M1** Arenas live',
    '  long.',
    ...proofOfOne,
    '  Comes with: Wasm.',
    '- **KERNELS-M2** Pools.',
    ...proofOfTwo,
    '',
    '## Next',
    '- **KERNELS-M3** Contexts.',
    '  Comes with: devices.',
    '',
  ].join('\n');

describe('proofs of rules', () => {
  test('are the tests and kits that cite a rule, not the sources', () => {
    expect(Object.fromEntries(cited)).toEqual({
      'KERNELS-M1': ['packages/gpu/src/a.test.ts', 'packages/gpu/src/b.test.ts'],
      'KERNELS-M2': ['packages/gpu/src/b.test.ts', 'packages/gpu/src/testing/kit.ts'],
    });
  });

  test('stand between the text and what comes later, and replace what stood there', () => {
    const whole = rules(
      ['  Proven by: `packages/gpu/src/a.test.ts`, `packages/gpu/src/b.test.ts`'],
      ['  Proven by: `packages/gpu/src/b.test.ts`, `packages/gpu/src/testing/kit.ts`'],
    );
    expect(withProofs(rules([], []), cited)).toBe(whole);
    expect(withProofs(rules(['  Proven by: `gone.ts`'], []), cited)).toBe(whole);
    expect(withProofs(whole, cited)).toBe(whole);
  });
});
