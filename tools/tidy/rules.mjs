/** Every rule of tidy. A rule is `{ name, check(tree) }`; `check` gives findings. */
import { budgets } from './rules/budgets.mjs';
import { cycles } from './rules/cycles.mjs';
import { deadFiles } from './rules/dead-files.mjs';
import { errors } from './rules/errors.mjs';
import { globals } from './rules/globals.mjs';
import { layers } from './rules/layers.mjs';
import { moduleSurface } from './rules/exports.mjs';
import { names } from './rules/names.mjs';
import { nativeCore } from './rules/native-core.mjs';
import { ruleIds } from './rules/rule-ids.mjs';
import { wording } from './rules/wording.mjs';

/**
 * A finding is `{ path, line, key, value?, message }`: `key` names the violation without line
 * numbers for the ratchet, `value` its size where it has one.
 */
export const rules = Object.freeze([
  budgets,
  names,
  moduleSurface,
  layers,
  cycles,
  globals,
  nativeCore,
  errors,
  ruleIds,
  deadFiles,
  wording,
]);
