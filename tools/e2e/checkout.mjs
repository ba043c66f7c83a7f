/**
 * A small checkout with our bootstrap and steps that take milliseconds. Its "compiler" writes one
 * line to build.log at its start and at its end, so that tests see what ran and whether two ran at
 * once; its addon fails when CXX is /bin/false.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../bootstrap/paths.mjs';
import { startProcess } from './started.mjs';

const BUILD = `
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
appendFileSync('build.log', 'start\\n');
const source = readFileSync('packages/a/src/index.ts', 'utf8');
if (source.includes('syntax error')) throw new Error('index.ts(1,1): error TS1005');
while (existsSync('hold')) await new Promise((resolve) => setTimeout(resolve, 20));
mkdirSync('packages/a/dist', { recursive: true });
writeFileSync('packages/a/dist/index.js', source);
appendFileSync('build.log', 'end\\n');
`;
const ADDON = `
import { mkdirSync, writeFileSync } from 'node:fs';
if (process.env.CXX === '/bin/false') throw new Error('no compiler');
mkdirSync('build/Release', { recursive: true });
writeFileSync('build/Release/ganglion_native.node', 'machine code');
`;
const MAIN = `
process.on('SIGTERM', () => process.exit(33));
console.log(JSON.stringify(process.argv.slice(2)));
if (process.argv.includes('--stay')) setInterval(() => {}, 1000);
else process.exitCode = Number(process.env.VERB_STATUS ?? 0);
`;

const files = {
  'package.json': {
    name: 'checkout',
    private: true,
    workspaces: ['packages/*', 'native'],
    scripts: { 'build:all': 'node build.mjs' },
  },
  'package-lock.json': {
    name: 'checkout',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'checkout', workspaces: ['packages/*', 'native'] },
      native: { name: '@checkout/native', version: '0.1.0' },
      'node_modules/@checkout/a': { resolved: 'packages/a', link: true },
      'node_modules/@checkout/native': { resolved: 'native', link: true },
      'packages/a': { name: '@checkout/a', version: '0.1.0' },
    },
  },
  'packages/a/package.json': { name: '@checkout/a', version: '0.1.0' },
  'packages/a/src/index.ts': 'export {};\n',
  'native/package.json': {
    name: '@checkout/native',
    version: '0.1.0',
    scripts: { 'build:addon': 'node addon.mjs' },
  },
  'native/addon.mjs': ADDON,
  'native/core/product.cc': 'int one;\n',
  'build.mjs': BUILD,
  'examples/quickstart/dist/main.js': MAIN,
};

/**
 * Makes the checkout, as a fresh clone or as a copy of another one; its verbs work until `remove`.
 */
export function makeCheckout(template) {
  const folder = mkdtempSync(join(tmpdir(), 'ganglion-checkout-'));
  const path = (name) => join(folder, name);
  const put = (name, content) => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), typeof content === 'string' ? content : JSON.stringify(content));
  };
  if (template !== undefined) {
    // Node's own copy rounds times, which stamps would see.
    const copied = spawnSync('cp', ['-a', `${template.folder}/.`, folder]);
    if (copied.status !== 0) throw new Error(`cp failed: ${copied.stderr}`);
  } else {
    for (const [name, content] of Object.entries(files)) put(name, content);
    cpSync(join(root, 'tools/bootstrap'), path('tools/bootstrap'), { recursive: true });
    cpSync(join(root, 'tools/bootstrap.mjs'), path('tools/bootstrap.mjs'));
  }

  /** Starts a verb with more in its environment, or with options of Node's own. */
  const start = (args, { env = {}, node = [] } = {}) =>
    startProcess([process.execPath, ...node, 'tools/bootstrap.mjs', ...args], {
      cwd: folder,
      env: { ...process.env, CC: undefined, CXX: undefined, ...env },
    });

  return {
    folder,
    put,
    start,
    run: (args, options) => start(args, options).ended,
    exists: (name) => existsSync(path(name)),
    builds: () => (existsSync(path('build.log')) ? readFileSync(path('build.log'), 'utf8') : ''),
    hold: () => appendFileSync(path('hold'), ''),
    letGo: () => rmSync(path('hold')),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
