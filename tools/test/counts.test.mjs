import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { countsOf, lackedBy, lostCases } from './counts.mjs';
import { summarize } from './reporter.mjs';
import { byReason, failureLines, lastLine, readLastLine } from './summary.mjs';

const skips = (count) => Array.from({ length: count }, () => ({ name: 'x', reason: 'no addon' }));
const report = (passed, failed, skipped) => ({ passed, failed, skipped: skips(skipped) });
const recorded = { measuredWith: ['addon'], suites: { unit: { cases: 10, executed: 8 } } };

describe('case counts', () => {
  test('COUNT-1: fewer cases than recorded are a fault', () => {
    const sentence = 'unit: 9 cases, 10 recorded in tools/case-counts.json';
    expect(lostCases(recorded, { unit: report(7, 1, 1) }, ['addon'])).toEqual([sentence]);
  });

  test('COUNT-1: a suite that did not run has lost its cases, unless another was asked for', () => {
    expect(lostCases(recorded, {}, ['addon'])).toHaveLength(1);
    expect(lostCases(recorded, {}, ['addon'], 'threads')).toEqual([]);
  });

  test('COUNT-2: only where every capability is present', () => {
    const reports = { unit: report(5, 0, 5) };
    expect(lostCases(recorded, reports, [])).toEqual([]);
    expect(lostCases(recorded, { unit: report(1, 0, 0) }, ['avx2'])).toEqual([]);
    expect(lackedBy(recorded, ['avx2'])).toEqual(['addon']);
    const sentence = 'unit: 5 cases ran, 8 recorded in tools/case-counts.json';
    expect(lostCases(recorded, reports, ['addon', 'avx2'])).toEqual([sentence]);
  });

  test('records total and executed cases with the capabilities present, and no empty suite', () => {
    const reports = { unit: report(7, 1, 2), simulation: report(0, 0, 0) };
    expect(countsOf(reports, ['addon'])).toEqual(recorded);
  });
});

const testCase = (fullName, result) => ({ fullName, result: () => result });
const moduleOf = (tests, errors = []) => ({
  moduleId: join(process.cwd(), 'x.test.ts'),
  errors: () => errors,
  children: { allTests: () => tests },
});

describe('reporter', () => {
  test('counts states and gives each skip a reason', () => {
    const tests = [
      testCase('a', { state: 'passed' }),
      testCase('b', { state: 'failed', errors: [{ message: 'expected 1\nto be 2' }] }),
      testCase('c', { state: 'skipped', note: 'native addon not built' }),
      testCase('d', { state: 'skipped' }),
    ];
    expect(summarize([moduleOf(tests)], [])).toEqual({
      passed: 1,
      failed: 1,
      failures: [{ name: 'b', file: 'x.test.ts', message: 'expected 1' }],
      skipped: [
        { name: 'c', reason: 'native addon not built' },
        { name: 'd', reason: 'skip, skipIf or only in x.test.ts' },
      ],
      errors: [],
    });
  });

  test('names files that could not be loaded and errors outside of tests', () => {
    const broken = moduleOf([], [{ message: 'cannot find ./gone.js' }]);
    const { errors } = summarize([broken], [new Error('late rejection')]);
    expect(errors).toEqual(['x.test.ts: cannot find ./gone.js', 'late rejection']);
  });
});

describe('summary', () => {
  test('the last line is written and read in one form', () => {
    const counts = { passed: 12, failed: 0, skipped: 3 };
    expect(lastLine(counts)).toBe('12 passed, 0 failed, 3 skipped');
    expect(readLastLine(`some\noutput\n${lastLine(counts)}\n`)).toEqual(counts);
    expect(readLastLine('12 passed')).toBe(undefined);
  });

  test('every failed test is named with its suite and file, other faults after them', () => {
    const failures = [{ name: 'suite > case', file: 'a.test.ts', message: 'expected 1 to be 2' }];
    const reports = { unit: { failures: [] }, threads: { failures } };
    const suites = ['unit', 'threads', 'kits'].map((name) => ({ project: name, title: name }));
    expect(failureLines(suites, reports, ['unit: 9 cases, 10 recorded'])).toEqual([
      'FAILED  threads: a.test.ts > suite > case: expected 1 to be 2',
      'FAILED  unit: 9 cases, 10 recorded',
    ]);
  });

  test('skips are grouped by reason, most frequent first', () => {
    const list = ['b', 'a', 'b', 'c'].map((reason) => ({ name: '', reason }));
    const groups = byReason(list).map(({ reason, count }) => `${reason}${count}`);
    expect(groups).toEqual(['b2', 'a1', 'c1']);
  });
});
