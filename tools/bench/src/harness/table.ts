/** Prints the lines of one case for people, with our figures ÷ each peer's. */
import type { ResultLine, SkippedLine } from './run-case.js';

const OURS = 'ganglion';

/** One block of text with a trailing newline. */
export function formatTable(lines: readonly (ResultLine | SkippedLine)[]): string {
  const results = lines.filter((line) => 'value' in line);
  const skipped = lines.filter((line) => 'skipped' in line);
  const [first] = lines;
  if (first === undefined) return '';
  const peers = [...new Set(results.map((line) => line.subject))].filter((name) => name !== OURS);
  const ratios = peers.map((peer) => `÷ ${peer}`);
  const header = ['subject', 'metric', 'median', 'min', 'max', 'unit', ...ratios];
  const rows = results.map((line) => [
    line.subject,
    line.metric,
    ...[line.value, line.min, line.max].map(formatNumber),
    line.better === 'lower' ? `${line.unit}, less is better` : line.unit,
    ...peers.map((peer) => (line.subject === OURS ? ratio(line, peer, results) : '')),
  ]);
  const [sample] = results;
  const title = `${first.suite}/${first.case}${sample === undefined ? '' : samplesOf(sample)}`;
  return [
    title,
    ...align([header, ...rows]),
    ...notes(results),
    ...skipped.map((line) => `  ${line.subject} skipped: ${line.skipped}`),
    '',
    '',
  ].join('\n');
}

function samplesOf({ samples }: ResultLine): string {
  return samples === 1 ? ': 1 sample' : `: ${samples} samples in turns`;
}

/** Our metric ÷ the peer's metric of the same name, else ÷ its main one if that has our unit. */
function ratio(line: ResultLine, peer: string, results: readonly ResultLine[]): string {
  const theirs = results.filter((other) => other.subject === peer);
  const same = theirs.find((other) => other.metric === line.metric) ?? theirs[0];
  if (same === undefined || same.unit !== line.unit || same.value === 0) return '';
  return (line.value / same.value).toFixed(2);
}

function notes(results: readonly ResultLine[]): string[] {
  const seen = new Set<string>();
  for (const { subject, metric, intended, completed, check, note } of results) {
    if ([...seen].some((text) => text.includes(note))) continue;
    seen.add(`  ${subject} ${metric}: ${completed} of ${intended}, check ${check}; ${note}`);
  }
  return [...seen];
}

/** Columns of text, to the left; the others are numbers. */
const TEXT_COLUMNS = new Set([0, 1, 5]);

function align(rows: readonly (readonly string[])[]): string[] {
  const columns = rows[0] === undefined ? 0 : rows[0].length;
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((row) => (row[i] ?? '').length)));
  const pad = (cell: string, i: number): string =>
    TEXT_COLUMNS.has(i) ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
  return rows.map((row) => `  ${row.map(pad).join('  ')}`.trimEnd());
}

/** Whole numbers with separators from 1,000 on, below it four digits. */
export function formatNumber(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en-US');
  return Number(value.toPrecision(4)).toString();
}
