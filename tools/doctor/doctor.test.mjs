import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../bootstrap/paths.mjs';
import { cpuLevels } from './checks.mjs';
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

  test('asks apt only for what is missing', () => {
    const rows = [
      { value: 'OTP 25', packages: ['erlang-base'] },
      { value: undefined, packages: ['libdnnl-dev'] },
      { value: undefined, packages: [] },
    ];
    expect(missingPackages(rows)).toEqual(['libdnnl-dev']);
  });

  test('ends with status 0 and names Node whatever is missing', () => {
    const { status, stdout } = doctor();
    expect(status).toBe(0);
    expect(stdout).toContain(process.versions.node);
  });

  test('refuses an unknown option, and --install alone, in one sentence', () => {
    expect(doctor('--pears').status).toBe(2);
    const { status, stderr } = doctor('--install');
    expect([status, stderr]).toEqual([2, '--install needs --peers\n']);
  });
});
