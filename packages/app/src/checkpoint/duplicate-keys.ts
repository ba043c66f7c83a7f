/**
 * Finds repeated keys in JSON text, which `JSON.parse` lets pass: two readers would see two
 * different files.
 */

/** The first key that one object of `text` has twice. `text` is valid JSON. */
export function findDuplicateKey(text: string): string | undefined {
  const objects: Set<string>[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at];
    if (character === '{' || character === '[') objects.push(new Set());
    if (character === '}' || character === ']') objects.pop();
    if (character !== '"') {
      at += 1;
      continue;
    }
    const end = stringEnd(text, at);
    if (text[skipWhitespace(text, end)] === ':') {
      const key = JSON.parse(text.slice(at, end)) as string;
      const keys = objects.at(-1);
      if (keys?.has(key) === true) return key;
      keys?.add(key);
    }
    at = end;
  }
  return undefined;
}

/** Index after the closing quote of the string that opens at `start`. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function skipWhitespace(text: string, start: number): number {
  let at = start;
  while (' \t\n\r'.includes(text[at] ?? '.')) at += 1;
  return at;
}
