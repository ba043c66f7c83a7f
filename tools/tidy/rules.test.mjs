import { describe, expect, test } from 'vitest';
import { rules } from './rules.mjs';
import { circlesOf } from './rules/cycles.mjs';
import { wordsOf } from './rules/names.mjs';
import { treeOf } from './tree.mjs';

const check = (name, contents) => [
  ...rules.find((rule) => rule.name === name).check(treeOf(contents)),
];
/** `path:line message` of every finding. */
const found = (name, contents) =>
  check(name, contents).map(({ path, line, message }) => `${path}:${line} ${message}`);

const manifest = (name, more = {}) => JSON.stringify({ name: `@ganglion/${name}`, ...more });
const lines = (count) => 'x\n'.repeat(count);
const body = (count) => `export function long() {\n${'  a();\n'.repeat(count - 2)}}\n`;

/** Each: rule, what it finds, files, `path:line` and the message's beginning of each finding. */
const failing = [
  [
    'budgets',
    'a source file of 401 lines',
    { 'packages/gpu/src/tape.ts': lines(401) },
    ['packages/gpu/src/tape.ts:401 401 lines, budget 400'],
  ],
  [
    'budgets',
    'a test file of 801 lines',
    { 'packages/gpu/src/tape.test.ts': lines(801) },
    ['packages/gpu/src/tape.test.ts:801 801 lines, budget 800'],
  ],
  [
    'budgets',
    'an index of 61 lines',
    { 'packages/gpu/src/index.ts': lines(61) },
    ['packages/gpu/src/index.ts:61 61 lines, budget 60'],
  ],
  [
    'budgets',
    'a function of 71 lines',
    { 'tools/a.mjs': `const one = 1;\n${body(71)}` },
    ['tools/a.mjs:2 long takes 71 lines, budget 70'],
  ],
  [
    'budgets',
    'a line of 101 columns, in C++ too',
    { 'native/core/cpu/a.cc': `int a;\n//${'x'.repeat(99)}\n` },
    ['native/core/cpu/a.cc:2 1 lines beyond 100 columns'],
  ],
  [
    'names',
    'a file in camelCase',
    { 'packages/gpu/src/programHash.ts': '' },
    ['packages/gpu/src/programHash.ts:1 programHash.ts is not kebab-case'],
  ],
  [
    'names',
    'a C++ file in kebab-case',
    { 'native/core/cpu/matmul-pack.cc': '' },
    ['native/core/cpu/matmul-pack.cc:1 matmul-pack.cc is not snake_case'],
  ],
  [
    'names',
    'a file of leftovers',
    { 'packages/gpu/src/shape-utils.ts': '' },
    ['packages/gpu/src/shape-utils.ts:1 a file called utils gathers leftovers'],
  ],
  [
    'names',
    'vague symbols, wherever the word stands',
    { 'tools/a.mjs': 'class ShardManager {}\nfunction runV2() {}\nconst commonShape = 1;\n' },
    [
      'tools/a.mjs:1 ShardManager says manager',
      'tools/a.mjs:2 runV2 says v2',
      'tools/a.mjs:3 commonShape says common',
    ],
  ],
  [
    'names',
    'a base class',
    { 'packages/gpu/src/a.ts': 'export abstract class BackendBase {}\n' },
    ['packages/gpu/src/a.ts:1 BackendBase says base'],
  ],
  [
    'exports',
    'export *, with and without a name',
    { 'packages/gpu/src/a.ts': "export * from './b.js';\nexport * as c from './c.js';\n" },
    ['packages/gpu/src/a.ts:1 export * hides', 'packages/gpu/src/a.ts:2 export * hides'],
  ],
  [
    'exports',
    'default exports in each form',
    {
      'tools/a.mjs': 'export default 1;\n',
      'tools/b.mjs': 'export default function run() {}\n',
      'tools/c.mjs': 'const one = 1;\nexport { one as default };\n',
    },
    [
      'tools/a.mjs:1 default export',
      'tools/b.mjs:1 default export',
      'tools/c.mjs:2 default export',
    ],
  ],
  [
    'exports',
    'an index that re-exports another package',
    { 'packages/gpu/src/index.ts': "export { arena } from '@ganglion/memory';\n" },
    ['packages/gpu/src/index.ts:1 re-exports @ganglion/memory'],
  ],
  [
    'exports',
    'a wildcard entry point',
    { 'packages/gpu/package.json': manifest('gpu', { exports: { './*': './dist/*.js' } }) },
    ['packages/gpu/package.json:1 entry point ./* opens every file'],
  ],
  [
    'layers',
    'an import of a higher layer, types included',
    { 'packages/gpu/src/a.ts': "import type { ActorRef } from '@ganglion/actors';\n" },
    ['packages/gpu/src/a.ts:1 gpu may not import actors'],
  ],
  [
    'layers',
    'an import across packages by path',
    { 'packages/gpu/src/a.ts': "import { ring } from '../../memory/src/ring.js';\n" },
    ['packages/gpu/src/a.ts:1 ../../memory/src/ring.js leaves the package'],
  ],
  [
    'layers',
    'an import of the addon',
    { 'packages/gpu/src/a.ts': "const addon = await import('@ganglion/native');\n" },
    ['packages/gpu/src/a.ts:1 the addon is injected as a value'],
  ],
  [
    'layers',
    'a test runner in a conformance kit',
    { 'packages/gpu/src/testing/kit.ts': "import { test } from 'vitest';\n" },
    ['packages/gpu/src/testing/kit.ts:1 vitest outside of a test file'],
  ],
  [
    'layers',
    'a contract that imports an implementation, its own or a lower one',
    {
      'packages/memory/package.json': manifest('memory', {
        exports: { '.': { '@ganglion/source': './src/index.ts' } },
      }),
      'packages/memory/src/index.ts': '',
      'packages/gpu/src/tape.ts': '',
      'packages/gpu/src/contract.ts':
        "import type { Tape } from './tape.js';\nimport type { Arena } from '@ganglion/memory';\n",
    },
    [
      'packages/gpu/src/contract.ts:1 a contract imports only contracts: ./tape.js',
      'packages/gpu/src/contract.ts:2 a contract imports only contracts: @ganglion/memory',
    ],
  ],
  [
    'layers',
    'a dependency that package.json does not declare',
    {
      'packages/runtime/package.json': manifest('runtime', { dependencies: { ws: '8.0.0' } }),
      'packages/runtime/src/a.ts': "import 'ws';\nimport { pack } from 'msgpackr';\n",
    },
    ["packages/runtime/src/a.ts:2 msgpackr is not in the package's dependencies"],
  ],
  [
    'layers',
    'a dependency on a higher layer, and the addon as more than an optional peer',
    {
      'packages/gpu/package.json': manifest('gpu', {
        dependencies: { '@ganglion/app': '1', '@ganglion/native': '1' },
        peerDependencies: { '@ganglion/native': '1' },
      }),
    },
    [
      'packages/gpu/package.json:1 gpu may not depend on app',
      'packages/gpu/package.json:1 @ganglion/native may only be an optional peer',
      'packages/gpu/package.json:1 @ganglion/native may only be an optional peer',
    ],
  ],
  [
    'cycles',
    'modules that import each other',
    {
      'tools/a.mjs': "import './b.mjs';\n",
      'tools/b.mjs': "import './c.mjs';\n",
      'tools/c.mjs': "import './a.mjs';\n",
    },
    ['tools/a.mjs:1 imports in a circle: tools/a.mjs, tools/b.mjs, tools/c.mjs'],
  ],
  [
    'globals',
    'time, randomness and timers above the runtime',
    {
      'packages/gpu/src/a.ts':
        'Date.now();\nMath.random();\nsetTimeout(f, 1);\nnew Date();\n' +
        'globalThis.performance.now();\n',
      'packages/gpu/src/b.ts': "import { setTimeout as sleep } from 'node:timers/promises';\n",
    },
    [
      'packages/gpu/src/a.ts:1 Date.now is ambient',
      'packages/gpu/src/a.ts:2 Math.random is ambient',
      'packages/gpu/src/a.ts:3 setTimeout is ambient',
      'packages/gpu/src/a.ts:4 new Date() is ambient',
      'packages/gpu/src/a.ts:5 performance.now is ambient',
      'packages/gpu/src/b.ts:1 node:timers/promises is ambient',
    ],
  ],
  [
    'globals',
    'a sleep in a test of the runtime',
    { 'packages/runtime/src/a.test.ts': 'await new Promise((r) => setTimeout(r, 5));\n' },
    ['packages/runtime/src/a.test.ts:1 setTimeout is ambient: take it from virtual time'],
  ],
  [
    'native-core',
    'Node headers below the binding',
    { 'native/core/cpu/a.cc': '#include "a.h"\n#include <napi.h>\n' },
    ['native/core/cpu/a.cc:2 native/core includes napi.h'],
  ],
  [
    'errors',
    'a code that is neither documented nor tested',
    {
      'packages/gpu/src/errors.ts':
        "export type GpuErrorCode =\n  | 'GPU_KNOWN'\n  | 'GPU_LOST';\n",
      'packages/gpu/README.md': '| `GPU_KNOWN` | known |\n',
      'packages/gpu/src/a.test.ts': "expect(code).toBe('GPU_KNOWN');\n",
    },
    [
      'packages/gpu/src/errors.ts:3 GPU_LOST is not in packages/gpu/README.md',
      'packages/gpu/src/errors.ts:3 GPU_LOST is named by no test',
    ],
  ],
  [
    'rule-ids',
    'a cited rule that does not exist',
    { 'packages/gpu/src/a.ts': '// As KERNELS-M9 asks.\n' },
    ['packages/gpu/src/a.ts:1 KERNELS-M9 is not in docs/rules'],
  ],
  [
    'rule-ids',
    'a rule without a status, and one whose proof is missing or does not cite it',
    {
      'docs/rules/kernels.md':
        '- **KERNELS-M1** Arenas.\n- **KERNELS-M2** Pools.\n' +
        '  Proven by: `gone.test.ts`, `packages/gpu/src/a.test.ts`\n',
      'packages/gpu/src/a.test.ts': '',
    },
    [
      'docs/rules/kernels.md:1 KERNELS-M1 has no status',
      'docs/rules/kernels.md:2 KERNELS-M2 is proven by gone.test.ts, which does not exist',
      'docs/rules/kernels.md:2 KERNELS-M2 is proven by packages/gpu/src/a.test.ts, which does not',
    ],
  ],
  [
    'rule-ids',
    'a test of a rule that is said to come later',
    {
      'docs/rules/kernels.md': '- **KERNELS-M1** Arenas.\n  Comes with: the device pools.\n',
      'packages/gpu/src/a.test.ts': "test('KERNELS-M1: drains', () => {});\n",
    },
    ['packages/gpu/src/a.test.ts:1 KERNELS-M1 has a test'],
  ],
  [
    'dead-files',
    'a file that nothing uses, and one that only a test uses',
    {
      'packages/gpu/package.json': manifest('gpu', {
        exports: { '.': { '@ganglion/source': './src/index.ts' } },
      }),
      'packages/gpu/src/index.ts': '',
      'packages/gpu/src/lost.ts': '',
      'packages/gpu/src/tested.ts': '',
      'packages/gpu/src/tested.test.ts': "import './tested.js';\n",
    },
    [
      'packages/gpu/src/lost.ts:1 nothing uses it',
      'packages/gpu/src/tested.ts:1 only tests use it',
    ],
  ],
  [
    'wording',
    'leftovers, banners, emoji, praise and blind casts',
    {
      'tools/a.mjs': '// TODO later\n// ----------\nconst a = b as unknown as C;\n',
      'README.md': 'A robust thing \u{1F680}\n',
    },
    [
      'tools/a.mjs:1 leftover',
      'tools/a.mjs:2 section banner',
      'tools/a.mjs:3 cast through unknown',
      'README.md:1 emoji',
      'README.md:1 praise',
    ],
  ],
];

const clean = {
  'tsconfig.json': '{}',
  'vitest.config.ts': 'export default {};\n',
  'docs/rules/kernels.md':
    '- **KERNELS-M1** Arenas.\n  Proven by: `packages/gpu/src/tape.test.ts`\n' +
    '- **KERNELS-M2** Pools.\n  Comes with: device pools.\n',
  'packages/memory/package.json': manifest('memory', {
    exports: { './contract': { '@ganglion/source': './src/contract.ts' } },
  }),
  'packages/memory/src/contract.ts': "export { MemoryError } from './errors.js';\n",
  'packages/memory/src/errors.ts': 'export class MemoryError {}\n',
  'packages/gpu/package.json': manifest('gpu', {
    dependencies: { '@ganglion/memory': '1' },
    peerDependencies: { '@ganglion/native': '1' },
    peerDependenciesMeta: { '@ganglion/native': { optional: true } },
    exports: {
      '.': { '@ganglion/source': './src/index.ts' },
      './contract': { '@ganglion/source': './src/contract.ts' },
    },
    imports: { '#worker': './dist/worker.js' },
  }),
  'packages/gpu/README.md': '| `GPU_LOST` | lost |\n',
  'packages/gpu/src/index.ts': `export { tape } from './tape.js';\n`,
  'packages/gpu/src/tape.ts':
    "import type { Arena } from '@ganglion/memory/contract';\n" +
    "import { setImmediate } from 'node:timers';\n" +
    "import type { Worker } from './worker.js';\nexport const tape = (base: number) => base;\n",
  'packages/gpu/src/worker.ts':
    "import { tape } from './tape.js';\nconst at = new Date(0);\nnew URL('./loaded.js', at);\n",
  'packages/gpu/src/loaded.ts': '',
  'packages/gpu/src/errors.ts': "export type GpuErrorCode = 'GPU_LOST';\n",
  'packages/gpu/src/contract.ts':
    "import type { MemoryError } from '@ganglion/memory/contract';\nimport './errors.js';\n",
  'packages/gpu/src/tape.test.ts':
    "import { native } from '@ganglion/native';\nimport './contract.js';\n" +
    "test('KERNELS-M1: GPU_LOST', () => {});\n",
  'packages/runtime/package.json': manifest('runtime', { bin: { clock: './dist/clock.js' } }),
  'packages/runtime/src/clock.ts': 'Date.now();\nsetTimeout(f, 1);\n',
  'packages/runtime/src/clock.test.ts': 'Date.now();\n',
  'native/core/cpu/program_test.cc': '#include "program.h"\n',
};

describe('rules', () => {
  test.each(failing)('%s finds %s', (name, _title, contents, expected) => {
    const findings = found(name, contents);
    expect(findings).toHaveLength(expected.length);
    for (const [index, beginning] of expected.entries()) {
      expect(findings[index].slice(0, beginning.length)).toBe(beginning);
    }
  });

  test('every rule has a failing sample', () => {
    const sampled = new Set(failing.map(([name]) => name));
    expect([...sampled].toSorted()).toEqual(rules.map(({ name }) => name).toSorted());
  });

  test.each(rules.map(({ name }) => name))('%s finds nothing in what is allowed', (name) => {
    expect(found(name, clean)).toEqual([]);
  });

  test('budgets let exactly the budget pass', () => {
    const files = {
      'tools/a.mjs': lines(400),
      'tools/b.mjs': body(70),
      'tools/c.mjs': `${'x'.repeat(100)}\n`,
      'tools/d.test.mjs': `describe('all', () => {\n${lines(700)}});\n`,
    };
    expect(found('budgets', files)).toEqual([]);
  });

  test('circles are found once, whatever leads into them', () => {
    const graph = new Map([
      ['in', ['a']],
      ['a', ['b', 'out']],
      ['b', ['a']],
      ['out', []],
    ]);
    expect(circlesOf(graph)).toEqual([['a', 'b']]);
  });

  test('words are taken from camelCase and from acronyms followed by digits', () => {
    expect(wordsOf('shardManagerV2')).toEqual(['shard', 'manager', 'v2']);
    expect(wordsOf('baseline')).toEqual(['baseline']);
  });
});
