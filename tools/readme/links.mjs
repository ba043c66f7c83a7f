/** Links inside the repository: the file is there, and so is the heading. */
import { posix } from 'node:path';

const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g;
const FENCE = /^```[\s\S]*?^```$/gm;

/** The anchor that a heading gets on the usual hosts. */
export const anchorOf = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[`*]/g, '')
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');

function anchorsOf(text) {
  const headings = text.replace(FENCE, '').match(/^#+ .*$/gm) ?? [];
  return headings.map((line) => anchorOf(line.replace(/^#+/, '')));
}

/**
 * Sentences about links of `path` that lead nowhere. `read(path)` gives a file's text, '' for a
 * folder, undefined for nothing.
 */
export function brokenLinks(path, text, read) {
  const broken = [];
  const bare = text.replace(FENCE, (all) => all.replace(/[^\n]/g, ''));
  for (const match of bare.matchAll(LINK)) {
    if (/^[a-z]+:/.test(match[1])) continue;
    const [file, anchor] = match[1].split('#');
    const target = file === '' ? path : posix.join(posix.dirname(path), file);
    const line = bare.slice(0, match.index).split('\n').length;
    const found = read(target);
    if (found === undefined) broken.push(`${path}:${line} ${target} does not exist`);
    else if (anchor !== undefined && !anchorsOf(found).includes(anchor)) {
      broken.push(`${path}:${line} ${target} has no heading #${anchor}`);
    }
  }
  return broken;
}
