import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { NativeError } from './errors.js';
import { addonCandidates, loadAddon } from './load.js';

const folder = mkdtempSync(join(tmpdir(), 'ganglion-native-'));
afterAll(() => rmSync(folder, { recursive: true }));

function failureOf(candidates: readonly string[]): NativeError {
  try {
    loadAddon(candidates);
  } catch (error) {
    if (error instanceof NativeError) return error;
    throw error;
  }
  throw new Error('the addon was loaded');
}

test('LOAD-1: the local build comes before the package of the platform', () => {
  const [local, platform] = addonCandidates();
  expect(local).toMatch(/native\/build\/Release\/ganglion_native\.node$/);
  expect(platform).toBe(`@ganglion/native-${process.platform}-${process.arch}`);
});

test('an addon that is nowhere is NATIVE_NOT_BUILT with every reason and the fix', () => {
  const broken = join(folder, 'broken.node');
  writeFileSync(broken, 'no machine code');
  const { code, message } = failureOf([join(folder, 'absent.node'), broken, '@ganglion/absent']);
  const lines = message.split('\n');
  expect(code).toBe('NATIVE_NOT_BUILT');
  expect(lines[0]).toBe(
    `no native addon for ${process.platform}-${process.arch}: build it with ` +
      '`npm run build:addon -w @ganglion/native` ' +
      '(needs CMake, make or ninja, and a C++20 compiler). Tried:',
  );
  expect(lines[1]).toBe(
    `  ${join(folder, 'absent.node')}: Cannot find module '${join(folder, 'absent.node')}'`,
  );
  expect(lines[2]?.startsWith(`  ${broken}: ${broken}: `)).toBe(true);
  expect(lines[3]).toBe("  @ganglion/absent: Cannot find module '@ganglion/absent'");
});

test('LOAD-2: an addon of another program format is refused, the next one is used', () => {
  const other = join(folder, 'other.json');
  const same = join(folder, 'same.json');
  writeFileSync(other, '{"formatVersion": 99}');
  writeFileSync(same, '{"formatVersion": 5}');
  expect(failureOf([other]).message).toContain(
    `${other}: made for program format 99, needed is 5`,
  );
  expect(loadAddon([other, same])).toEqual({ formatVersion: 5 });
});
