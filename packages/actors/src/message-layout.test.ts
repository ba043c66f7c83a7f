import { describe, expect, test } from 'vitest';
import { f64, i32, ref, u8 } from './kinds.js';
import { layoutFields } from './message-layout.js';

describe('layoutFields', () => {
  test('places wide fields first and keeps the order of equal ones', () => {
    const layout = layoutFields(
      'm',
      { flag: u8, a: i32, x: f64, to: ref(), b: i32, tail: u8 },
      256,
    );
    expect(layout.fields.map(({ name, offset }) => [name, offset])).toEqual([
      ['x', 0],
      ['to', 8],
      ['a', 16],
      ['b', 20],
      ['flag', 24],
      ['tail', 25],
    ]);
    expect(layout.bytes).toBe(28);
  });

  test('nothing takes no bytes', () => {
    expect(layoutFields('m', {}, 0)).toEqual({ fields: [], bytes: 0 });
  });

  test('refuses what does not fit, with size and limit', () => {
    const fields = Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`f${n}`, f64]));
    expect(() => layoutFields('Counter.add', fields, 256)).toThrow(
      'Counter.add takes 264 bytes, at most 256 fit',
    );
  });

  test.each(['reply', 'value', 'constructor', '__proto__', 'a-b', '1a', 'x;y'])(
    'refuses the name %s',
    (name) => {
      expect(() => layoutFields('m', Object.fromEntries([[name, u8]]), 256)).toThrow(
        `"${name}" cannot name a field`,
      );
    },
  );

  test('refuses a field without a known kind', () => {
    expect(() => layoutFields('m', { a: { kind: 'u16' } as never }, 256)).toThrow(
      'field a has no known kind',
    );
  });
});
