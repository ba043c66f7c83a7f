/** Which tests cite which rule, and the lines of docs/rules that say so. */

const ID = /\b(?:ACTORS|CLUSTER|KERNELS|NUMERICS)-[A-Z]\d+\b/g;
const HEADING = /^- \*\*([A-Z]+-[A-Z]\d+)\*\*/;
const PROOF = /^ {2}Proven by: /;

/** Conformance kits prove as the test files do that run them; CMake holds tests of objects. */
const isProof = (file) =>
  file.isTest || (file.isTesting && file.isCode) || file.name === 'tests.cmake';

/** Rule id → sorted paths of the tests that cite it. Tests of tidy itself cite invented ids. */
export function citations(files) {
  const cited = new Map();
  for (const file of files.filter(isProof)) {
    if (file.path.startsWith('tools/tidy/') || file.path.startsWith('tools/rules/')) continue;
    for (const id of new Set(file.text.match(ID))) {
      cited.set(id, [...(cited.get(id) ?? []), file.path].toSorted());
    }
  }
  return cited;
}

/** A rules document with each rule's `Proven by:` line as `cited` has it, after its text. */
export function withProofs(text, cited) {
  const lines = [];
  let proof;
  const flush = () => {
    if (proof !== undefined) lines.push(proof);
    proof = undefined;
  };
  for (const line of text.split('\n')) {
    if (PROOF.test(line)) continue;
    const id = HEADING.exec(line)?.[1];
    if (id !== undefined || !line.startsWith('  ') || line.startsWith('  Comes with: ')) flush();
    lines.push(line);
    const paths = id === undefined ? undefined : cited.get(id);
    if (paths !== undefined) {
      proof = `  Proven by: ${paths.map((path) => `\`${path}\``).join(', ')}`;
    }
  }
  flush();
  return lines.join('\n');
}
