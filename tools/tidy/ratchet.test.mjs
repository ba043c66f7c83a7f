import { describe, expect, test } from 'vitest';
import { applyRatchet, shrinkRatchet } from './ratchet.mjs';

const long = (value) => ({ rule: 'budgets', key: 'a.ts lines', path: 'a.ts', line: 401, value });
const cast = (line) => ({ rule: 'wording', key: 'a.ts cast', path: 'a.ts', line });

describe('ratchet', () => {
  test('RATCHET-1: what is recorded passes, one more does not', () => {
    expect(applyRatchet([long(450)], { budgets: { 'a.ts lines': 450 } })).toEqual([]);
    expect(applyRatchet([long(451)], { budgets: { 'a.ts lines': 450 } })).toEqual([long(451)]);
    expect(applyRatchet([cast(1)], { wording: { 'a.ts cast': 1 } })).toEqual([]);
    expect(applyRatchet([cast(1), cast(9)], { wording: { 'a.ts cast': 1 } })).toHaveLength(2);
  });

  test('RATCHET-2: an entry above what is found is a finding', () => {
    const [stale] = applyRatchet([long(420)], { budgets: { 'a.ts lines': 450 } });
    expect(stale.message).toBe('budgets "a.ts lines" has fallen from 450 to 420: tidy --shrink');
    expect(applyRatchet([], { budgets: { 'gone.ts lines': 450 } })).toHaveLength(1);
  });

  test('shrinking lowers and removes, and never adds', () => {
    const ratchet = { budgets: { 'a.ts lines': 450, 'gone.ts lines': 500 } };
    const shrunk = shrinkRatchet([long(420), cast(1)], ratchet);
    expect(shrunk).toEqual({ budgets: { 'a.ts lines': 420 } });
  });
});
