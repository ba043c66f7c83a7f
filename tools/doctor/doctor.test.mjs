import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addonStep } from '../bootstrap/addon.mjs';
import { addonFile, root } from '../bootstrap/paths.mjs';
import { addonRow, cpuLevels } from './checks.mjs';
import { installPackages } from './install.mjs';
import { missingPackages } from './peers.mjs';
import { formatGroups } from './table.mjs';

const doctor = (...args) =>
  spawnSync(process.execPath, [join(root, 'tools', 'doctor.mjs'), ...args], { encoding: 'utf8' });

describe('doctor', () => {
  test('says for each missing thing what is lost and how to get it, aligned', () => {
    const rows = [
      { name: 'Node', value: '20.20.2' },
      { name: 'CMake', value: undefined, loss: 'native kernels', install: 'apt-get install cmake' },
    ];
    expect(formatGroups([{ title: 'build', rows }]).split('\n')).toEqual([
      'build',
      '  Node   20.20.2',
      '  CMake  missing',
      '         lost: native kernels',
      '         get:  apt-get install cmake',
    ]);
  });

  test('names the kernel levels that a CPU can run', () => {
    expect(cpuLevels(new Set(['avx2', 'fma', 'avx512f']))).toBe('AVX2 + FMA, AVX-512');
    expect(cpuLevels(new Set(['avx2']))).toBe(undefined);
    expect(cpuLevels(new Set(['asimd']))).toBe('NEON');
  });

  test('ends with status 0 and names Node whatever is missing', () => {
    const { status, stdout } = doctor();
    expect(status).toBe(0);
    expect(stdout).toContain(process.versions.node);
  });

  test.each([
    [['--pears'], 'Unknown option --pears: known are --peers, --install, --help'],
    [['peers'], 'Unexpected argument peers: known are --peers, --install, --help'],
    [['--install'], '--install needs --peers'],
  ])('refuses %j in one sentence with status 2', (args, sentence) => {
    const { status, stdout, stderr } = doctor(...args);
    expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: '', stderr: `${sentence}\n` });
  });

  test('--help names every option', () => {
    const { status, stdout } = doctor('--help');
    expect(status).toBe(0);
    expect(stdout.split('\n')[2]).toMatch(/^npm run doctor -- --peers --install /);
  });
});

describe('native addon', () => {
  let checkout;
  const put = (name, text) => {
    mkdirSync(dirname(join(checkout, name)), { recursive: true });
    writeFileSync(join(checkout, name), text);
  };
  beforeEach(() => {
    checkout = mkdtempSync(join(tmpdir(), 'ganglion-doctor-'));
    put('native/core/product.cc', 'int a;');
  });
  afterEach(() => rmSync(checkout, { recursive: true }));

  test('is built as long as neither sources nor compiler setting differ from the build', () => {
    put(addonFile, 'machine code');
    addonStep.after(checkout);
    expect(addonRow(checkout).value).toBe(`built, ${addonFile}`);
    const stale =
      'stale, its sources or the compiler setting changed: rebuild with npm run build';
    expect(addonRow(checkout, { ...process.env, CXX: '/bin/other' }).value).toBe(stale);
    put('native/core/product.cc', 'int longer;');
    expect(addonRow(checkout).value).toBe(stale);
  });

  test('is missing before the first build, after a failed one, and when it was removed', () => {
    expect(addonRow(checkout)).toMatchObject({ value: undefined, install: 'npm run build' });
    addonStep.afterFailure(checkout);
    const { value, install } = addonRow(checkout);
    expect(value).toBe(undefined);
    expect(install).toMatch(/^the last try failed: \.bootstrap\/addon\.log says why/);
    addonStep.after(checkout);
    expect(addonRow(checkout)).toMatchObject({ value: undefined, install: 'npm run build' });
  });
});

describe('peers', () => {
  test('apt is asked only for what is missing, and once', () => {
    const rows = [
      { value: 'OTP 25', packages: ['erlang-base'] },
      { value: undefined, packages: ['g++', 'libdnnl-dev'] },
      { value: undefined, packages: ['g++', 'libopenblas-dev'] },
      { value: undefined, packages: [] },
    ];
    expect(missingPackages(rows)).toEqual(['g++', 'libdnnl-dev', 'libopenblas-dev']);
  });

  test('apt updates its lists, then installs', () => {
    const calls = [];
    const apt = (args) => {
      calls.push(args.join(' '));
      return 0;
    };
    expect(installPackages(['a', 'b'], { isRoot: true, apt })).toBe(undefined);
    expect(calls).toEqual(['update -qq', 'install -y -qq a b']);
    expect(installPackages([], { isRoot: false, apt })).toBe(undefined);
    expect(calls).toHaveLength(2);
  });

  test.each([
    ['no root', false, () => 0, '--install needs root: run apt-get install a b as root'],
    ['no apt-get', true, () => 'ENOENT', 'this machine has no apt-get: install a b in its own way'],
    ['no lists', true, () => 100, 'apt-get update -qq ended with status 100'],
    [
      'no package',
      true,
      ([verb]) => (verb === 'install' ? 100 : 0),
      'apt-get install -y -qq a b ended with status 100',
    ],
  ])('%s is one sentence', (_title, isRoot, apt, sentence) => {
    expect(installPackages(['a', 'b'], { isRoot, apt })).toBe(sentence);
  });

  test('--install without root ends with one sentence and status 1', { timeout: 60_000 }, () => {
    const args = ['--import', 'data:text/javascript,process.getuid=()=>1000'];
    args.push(join(root, 'tools', 'doctor.mjs'), '--peers', '--install');
    const options = { encoding: 'utf8', env: { ...process.env, PATH: '/nonexistent' } };
    const { status, stdout, stderr } = spawnSync(process.execPath, args, options);
    expect([status, stdout]).toEqual([1, '']);
    const sentence = /^--install needs root: run apt-get install erlang-base [^\n]* as root\n$/;
    expect(stderr).toMatch(sentence);
  });
});
