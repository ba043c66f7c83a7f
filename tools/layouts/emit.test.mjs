import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { struct } from '@ganglion/runtime/layout';
import { emitHeader, structsOf } from './emit.mjs';

const Ring = struct(64, {
  head: 'i32',
  capacity: 'u32',
  position: 'i64',
  scale: 'f32',
  inline: ['u8', 44],
});
const tables = [{ source: 'packages/a/src/layouts.ts', structs: structsOf({ Ring, other: 7 }) }];
const hasCompiler = spawnSync('g++', ['--version'], { stdio: 'ignore' }).status === 0;

/** Exit status of the compiler's syntax check, which evaluates every static_assert. */
function compile(header) {
  const args = ['-std=c++20', '-fsyntax-only', '-x', 'c++', '-'];
  return spawnSync('g++', args, { input: header.replace('#pragma once', '') }).status;
}

describe('gen-layouts', () => {
  test('takes only the structs of a module, by name', () => {
    const structs = structsOf({ b: Ring, a: Ring, limit: 3, make: () => {}, none: undefined });
    expect(structs.map(([name]) => name)).toEqual(['a', 'b']);
  });

  test('writes a struct with an assertion for its size and for every offset', () => {
    expect(emitHeader(tables)).toContain(
      [
        '// packages/a/src/layouts.ts',
        '',
        'struct Ring {',
        '  std::int32_t head;',
        '  std::uint32_t capacity;',
        '  std::int64_t position;',
        '  float scale;',
        '  std::uint8_t inline_[44];',
        '};',
        'static_assert(sizeof(Ring) == 64);',
        'static_assert(offsetof(Ring, head) == 0);',
        'static_assert(offsetof(Ring, capacity) == 4);',
        'static_assert(offsetof(Ring, position) == 8);',
        'static_assert(offsetof(Ring, scale) == 16);',
        'static_assert(offsetof(Ring, inline_) == 20);',
      ].join('\n'),
    );
  });

  test('an unknown kind of field is refused by name', () => {
    const structs = [['Bad', { size: 2, fields: { half: 'f16' }, offset: { half: 0 } }]];
    const emit = () => emitHeader([{ source: 'a.ts', structs }]);
    expect(emit).toThrow('Bad.half: unknown kind f16');
  });

  test('the compiler accepts the header, and refuses a wrong offset', ({ skip }) => {
    skip(!hasCompiler, 'no C++ compiler: apt-get install g++');
    const header = emitHeader(tables);
    expect(compile(header)).toBe(0);
    expect(compile(header.replace('scale) == 16', 'scale) == 20'))).not.toBe(0);
  });
});
