/**
 * Known violations, in tools/tidy/ratchet.json: `{ rule: { key: value } }`, value being the length
 * or the number of findings under that key.
 *
 * RATCHET-1: a finding is let through only up to its recorded value.
 * RATCHET-2: a recorded value above what is found is a finding itself, so the file only shrinks.
 */

/** Findings under one key as one entry: lengths as they are, others counted. */
function measure(findings) {
  const measured = new Map();
  for (const finding of findings) {
    const id = JSON.stringify([finding.rule, finding.key]);
    const entry = measured.get(id) ?? { value: 0, findings: [] };
    entry.value = Math.max(entry.value, finding.value ?? entry.value + 1);
    entry.findings.push(finding);
    measured.set(id, entry);
  }
  return measured;
}

/** The findings that stay after the ratchet, stale entries of the ratchet among them. */
export function applyRatchet(findings, ratchet) {
  const measured = measure(findings);
  const left = [];
  for (const [id, { value, findings: own }] of measured) {
    const [rule, key] = JSON.parse(id);
    if (value > (ratchet[rule]?.[key] ?? 0)) left.push(...own);
  }
  for (const [rule, entries] of Object.entries(ratchet)) {
    for (const [key, recorded] of Object.entries(entries)) {
      const value = measured.get(JSON.stringify([rule, key]))?.value ?? 0;
      if (value >= recorded) continue;
      const message = `${rule} "${key}" has fallen from ${recorded} to ${value}: tidy --shrink`;
      left.push({ rule: 'ratchet', path: 'tools/tidy/ratchet.json', line: 1, key, message });
    }
  }
  return left;
}

/** The ratchet with every entry lowered to what is found, and entries without a finding gone. */
export function shrinkRatchet(findings, ratchet) {
  const measured = measure(findings);
  const shrunk = {};
  for (const [rule, entries] of Object.entries(ratchet)) {
    for (const [key, recorded] of Object.entries(entries)) {
      const value = Math.min(recorded, measured.get(JSON.stringify([rule, key]))?.value ?? 0);
      if (value > 0) (shrunk[rule] ??= {})[key] = value;
    }
  }
  return shrunk;
}
