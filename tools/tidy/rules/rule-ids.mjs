/**
 * Rule ids: what a test or a source cites exists in docs/rules, and each rule there says once how
 * it stands: `Proven by:` files that cite it, or `Comes with:` a later stage.
 */

const CITED = /\b(ACTORS|CLUSTER|KERNELS|NUMERICS)-([A-Z]\d+)\b/g;
const HEADING = /^- \*\*((?:ACTORS|CLUSTER|KERNELS|NUMERICS)-[A-Z]\d+)\*\*/;
const STATUS = /^ {2}(Proven by|Comes with): (.+)$/;

/** `[{ id, line, status, value }]` of one file in docs/rules. */
export function rulesOf(file) {
  const rules = [];
  for (const [index, text] of file.lines.entries()) {
    const id = HEADING.exec(text)?.[1];
    if (id !== undefined) rules.push({ id, path: file.path, line: index + 1, status: [] });
    const status = STATUS.exec(text);
    if (status !== null) rules.at(-1)?.status.push({ kind: status[1], value: status[2] });
  }
  return rules;
}

const filesNamed = (value) => [...value.matchAll(/`([^`]+)`/g)].map((match) => match[1]);

function* statusFaults(tree, { id, path, line, status }) {
  const at = { path, line, key: id };
  if (status.length === 0) {
    yield { ...at, message: `${id} has no status: add "Proven by:" or "Comes with:"` };
  }
  for (const { kind, value } of status) {
    if (kind === 'Comes with') continue;
    for (const name of filesNamed(value)) {
      const key = `${id} ${name}`;
      const proof = tree.get(name);
      if (proof === undefined) {
        yield { ...at, key, message: `${id} is proven by ${name}, which does not exist` };
      } else if (!proof.text.includes(id)) {
        yield { ...at, key, message: `${id} is proven by ${name}, which does not cite it` };
      }
    }
  }
}

export const ruleIds = {
  name: 'rule-ids',
  *check(tree) {
    const files = tree.files.filter(({ path }) => /^docs\/rules\/[a-z]+\.md$/.test(path));
    const rules = files.flatMap(rulesOf);
    const known = new Set(rules.map(({ id }) => id));
    for (const rule of rules) yield* statusFaults(tree, rule);
    const proven = new Set(
      rules.flatMap(({ id, status }) =>
        status.filter(({ kind }) => kind === 'Proven by').map(() => id),
      ),
    );
    for (const file of tree.files) {
      if (/^tools\/(tidy|rules)\//.test(file.path)) continue;
      for (const [index, text] of file.lines.entries()) {
        for (const [id] of text.matchAll(CITED)) {
          const at = { path: file.path, line: index + 1, key: `${file.path} ${id}` };
          if (!known.has(id)) {
            yield { ...at, message: `${id} is not in docs/rules: cite a rule that is` };
          } else if (file.isTest && !proven.has(id)) {
            yield { ...at, message: `${id} has a test: node tools/gen-rules.mjs` };
          }
        }
      }
    }
  },
};
