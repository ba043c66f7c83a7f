/** How counts are written at the end of a run, and read back from another run's output. */

/** The last line of every run. */
export const lastLine = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;

/** The counts in a run's last line, or undefined when the output does not end with one. */
export function readLastLine(output) {
  const line = output.trimEnd().split('\n').at(-1);
  const match = /^(\d+) passed, (\d+) failed, (\d+) skipped$/.exec(line);
  if (match === null) return undefined;
  const [passed, failed, skipped] = match.slice(1).map(Number);
  return { passed, failed, skipped };
}

/** Skips by the first line of their reason, most frequent first: `[{ reason, count }]`. */
export function byReason(skips) {
  const counts = new Map();
  for (const { reason } of skips) {
    const line = reason.split('\n')[0];
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts]
    .map(([reason, count]) => ({ reason, count }))
    .toSorted((a, b) => b.count - a.count || a.reason.localeCompare(b.reason));
}

/** Failed tests of each suite, one line each with the suite's title, then everything else. */
export function failureLines(suites, reports, faults) {
  const tests = suites.flatMap(({ project, title }) =>
    (reports[project]?.failures ?? []).map(
      ({ name, file, message }) => `FAILED  ${title}: ${file} > ${name}: ${message}`,
    ),
  );
  return [...tests, ...faults.map((fault) => `FAILED  ${fault}`)];
}

export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
