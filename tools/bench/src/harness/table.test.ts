import { expect, test } from 'vitest';
import type { ResultLine } from './run-case.js';
import { formatNumber, formatTable } from './table.js';

function line(fields: Partial<ResultLine>): ResultLine {
  return {
    suite: 'actors', case: 'count', subject: 'ganglion', metric: 'throughput', value: 30_000_000,
    unit: 'msg/s', better: 'higher', intended: 10, completed: 10, samples: 5, min: 29_000_000,
    max: 31_000_000, check: 'count 10', note: 'ours', ...fields,
  };
}

test('our figures are divided by each peer\'s, skipped peers are named', () => {
  const text = formatTable([
    line({}),
    line({ metric: 'throughput_fresh', value: 45_000_000, note: 'fresh' }),
    line({ subject: 'erlang', value: 10_000_000, note: 'theirs' }),
    {
      suite: 'actors', case: 'count', subject: 'nact', metric: 'throughput', skipped: 'npm ci',
    },
  ]);
  expect(text.split('\n')).toEqual([
    'actors/count: 5 samples in turns',
    '  subject   metric                median         min         max  unit   ÷ erlang',
    '  ganglion  throughput        30,000,000  29,000,000  31,000,000  msg/s      3.00',
    '  ganglion  throughput_fresh  45,000,000  29,000,000  31,000,000  msg/s      4.50',
    '  erlang    throughput        10,000,000  29,000,000  31,000,000  msg/s',
    '  ganglion throughput: 10 of 10, check count 10; ours',
    '  ganglion throughput_fresh: 10 of 10, check count 10; fresh',
    '  erlang throughput: 10 of 10, check count 10; theirs',
    '  nact skipped: npm ci',
    '',
    '',
  ]);
});

test('a metric is compared with the peer\'s of the same name, not with one of another unit', () => {
  const memory = { metric: 'peak_memory', unit: 'MiB', better: 'lower' } as const;
  const text = formatTable([
    line({}),
    line({ ...memory, value: 10 }),
    line({ ...memory, metric: 'heap', unit: 'KiB', value: 10 }),
    line({ subject: 'erlang', value: 10_000_000 }),
    line({ subject: 'erlang', ...memory, value: 40 }),
  ]);
  const rows = text.split('\n').filter((row) => row.startsWith('  ganglion '));
  const lastCells = rows.slice(0, 3).map((row) => row.trim().split(/\s+/).at(-1));
  expect(lastCells).toEqual(['3.00', '0.25', 'better']);
});

test.each([
  [12_345_678.4, '12,345,678'],
  [1_000, '1,000'],
  [228.44, '228.4'],
  [0.123_45, '0.1235'],
  [0, '0'],
])('%d is written %s', (value, text) => {
  expect(formatNumber(value)).toBe(text);
});
