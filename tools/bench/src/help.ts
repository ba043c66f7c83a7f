/** What `--help` prints: the usage, and every suite with its cases and their peers. */
import type { BenchCase, Suite } from './harness/bench-case.js';
import { SAMPLES_MAX, USAGE } from './options.js';

const OPTIONS = `  --case NAME       only this case
  --peer NAME,...   only these peers; none: ours alone
  --size small      a size that says nothing about speed; full is the default
  --samples N       samples of each contestant, 1 to ${SAMPLES_MAX}
  --json            one object a line`;

/** Several lines, the last without its end. */
export function formatHelp(suites: readonly Suite[]): string {
  const lines = [USAGE, OPTIONS];
  for (const { name, cases, notSupported } of suites) {
    lines.push('', name);
    const width = Math.max(0, ...cases.map((candidate) => candidate.name.length)) + 2;
    for (const candidate of cases) lines.push(`  ${caseLine(candidate, width)}`);
    const later = Object.keys(notSupported);
    if (later.length > 0) lines.push(`  not yet: ${later.join(', ')}`);
  }
  return lines.join('\n');
}

function caseLine({ name, peers }: BenchCase, width: number): string {
  return peers.length === 0 ? name : `${name.padEnd(width)}peers ${peers.join(', ')}`;
}
