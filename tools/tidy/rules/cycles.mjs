/**
 * Modules that import each other in a circle. Imports of types alone are erased and so not counted:
 * a thread and what it owns may know each other's types.
 */
import { importsOf, resolveImport } from '../imports.mjs';

const edgesOf = (tree, file) => {
  const kept = importsOf(file).filter(({ typeOnly }) => !typeOnly);
  const targets = kept.map(({ specifier }) => resolveImport(tree, file, specifier));
  return [...new Set(targets)].filter((path) => path !== undefined && path !== file.path);
};

/** Strongly connected components of more than one module, by Tarjan's algorithm. */
export function circlesOf(graph) {
  const state = new Map();
  const stack = [];
  const circles = [];
  const visit = (path) => {
    const own = { index: state.size, low: state.size, open: true };
    state.set(path, own);
    stack.push(path);
    for (const next of graph.get(path) ?? []) {
      if (!state.has(next)) visit(next);
      const other = state.get(next);
      if (other.open) own.low = Math.min(own.low, other.low);
    }
    if (own.low !== own.index) return;
    const members = stack.splice(stack.indexOf(path));
    for (const member of members) state.get(member).open = false;
    if (members.length > 1) circles.push(members.toSorted());
  };
  for (const path of graph.keys()) if (!state.has(path)) visit(path);
  return circles;
}

export const cycles = {
  name: 'cycles',
  *check(tree) {
    const graph = new Map(tree.code.map((file) => [file.path, edgesOf(tree, file)]));
    for (const circle of circlesOf(graph)) {
      const message = `imports in a circle: ${circle.join(', ')}; move what they share below them`;
      yield { path: circle[0], line: 1, key: circle.join(' '), value: circle.length, message };
    }
  },
};
