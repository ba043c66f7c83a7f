/** Rows as aligned text. A missing thing takes two more lines: what is lost, how to get it. */

const INDENT = '  ';

/** `groups` are `[{ title, rows: [{ name, value, loss, install }] }]`. */
export function formatGroups(groups) {
  const names = groups.flatMap(({ rows }) => rows.map(({ name }) => name.length));
  const width = Math.max(...names) + 2;
  const lines = [];
  for (const { title, rows } of groups) {
    lines.push(title);
    for (const row of rows) lines.push(...formatRow(row, width));
  }
  return lines.join('\n');
}

function formatRow({ name, value, loss, install }, width) {
  const label = `${INDENT}${name.padEnd(width)}`;
  if (value !== undefined) return [`${label}${value}`];
  const pad = ' '.repeat(INDENT.length + width);
  return [`${label}missing`, `${pad}lost: ${loss}`, `${pad}get:  ${install}`];
}
