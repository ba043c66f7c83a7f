/** A supervision tree as lines of text. */
import type { ActorInfo } from '@ganglion/actors';

/** One line for each node, columns aligned: name, behaviour, state, worker, restarts. */
export function treeText(root: ActorInfo): string {
  const rows = rowsOf(root, '', '');
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd())
    .join('\n');
}

type Row = readonly [name: string, behaviour: string, state: string, worker: string, end: string];

function rowsOf(node: ActorInfo, lead: string, childLead: string): readonly Row[] {
  const { id, kind, behaviour, state, worker, restarts, children } = node;
  const isActor = kind === 'actor';
  const own: Row = [
    `${lead}${id}`,
    isActor ? behaviour : '',
    isActor ? state : '',
    worker === undefined ? '' : `worker ${worker}`,
    isActor && restarts > 0 ? `restarted ${restarts} ×` : '',
  ];
  return [own, ...children.flatMap((inner, index) => {
    const isLast = index === children.length - 1;
    const more = childLead + (isLast ? '   ' : '│  ');
    return rowsOf(inner, childLead + (isLast ? '└─ ' : '├─ '), more);
  })];
}
