/** The steps of `npm run verify` after `npm test`. Each is one command that must end with 0. */
import { npmCommand } from '../bootstrap/paths.mjs';
import { spawnSync } from 'node:child_process';

const node = (...args) => [process.execPath, ...args];
const tool = (name, ...args) => node(`node_modules/.bin/${name}`, ...args);
const runs = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

/**
 * `fix` says what to do when the step fails; `skip` gives a reason when this machine cannot run
 * it. `limitMs` ends a step that hangs.
 */
export const steps = (published) => [
  { name: 'types', command: tool('tsc', '-b'), fix: 'correct the types' },
  {
    name: 'lint',
    command: tool('oxlint', '--deny-warnings'),
    fix: 'follow each message, or give a reason beside an exception',
  },
  { name: 'tidy', command: node('tools/tidy.mjs'), fix: 'docs/STYLE.md has the reasons' },
  {
    name: 'dead exports',
    command: tool('knip', '--no-progress', '--no-config-hints'),
    fix: 'delete what nothing uses',
  },
  ...published.map((folder) => ({
    name: `publint ${folder}`,
    command: tool('publint', 'run', folder, '--strict', '--pack', 'npm'),
    fix: `correct ${folder}/package.json`,
  })),
  {
    name: 'layouts',
    command: node('tools/gen-layouts.mjs', '--check'),
    fix: 'node tools/gen-layouts.mjs',
  },
  {
    name: 'operations',
    command: node('tools/gen-operations.mjs', '--check'),
    fix: 'node tools/gen-operations.mjs',
  },
  {
    name: 'rules',
    command: node('tools/gen-rules.mjs', '--check'),
    fix: 'node tools/gen-rules.mjs',
  },
  {
    name: 'documents',
    command: node('tools/readme-check.mjs'),
    fix: 'node tools/readme-check.mjs --write',
  },
  {
    name: 'packed packages',
    command: node('tools/verify/packed-check.mjs'),
    fix: 'declare what is imported, ship what is exported',
  },
  {
    name: 'account of actors, 60 s',
    command: node('packages/actors/dist/fixtures/account-program.js', '60'),
    fix: 'ACTORS-W4: a message came twice, out of order, or never',
    limitMs: 300_000,
  },
  {
    name: 'native core with sanitizers',
    command: [...npmCommand(), 'run', '--silent', 'test:core', '-w', 'native'],
    fix: 'native/README.md says how to run one test alone',
    skip: () => (runs('g++') && runs('cmake') ? undefined : 'apt-get install g++ cmake'),
    limitMs: 900_000,
  },
];
