/** What must not stand in sources and documents: leftovers, banners, emoji, praise, blind casts. */

const EMOJI = /\p{Extended_Pictographic}/u;
/** Signs that Unicode counts as pictographs and print has always used. */
const PLAIN = /[©®™↔↕✓✗✔✖]/gu;
const BANNER = /^\s*(\/\/|#|\*)\s*[-=*#~_]{4,}/;
const LEFTOVER = /\b(TODO|FIXME|XXX|HACK)\b/;
const PRAISE = new RegExp(
  `\\b(${[
    'robust',
    'seamless',
    'seamlessly',
    'production-ready',
    'blazing',
    'blazingly',
    'powerful',
    'cutting-edge',
    'state-of-the-art',
    'effortless',
    'effortlessly',
    'elegant',
    'world-class',
  ].join('|')})\\b`,
  'i',
);
const BLIND = /\bas unknown as\b(?!.*\/\/)/;

const LINE_RULES = [
  {
    applies: (file) => !file.isTest,
    test: (text) => EMOJI.test(text.replace(PLAIN, '')),
    message: 'emoji: say it in words',
  },
  {
    applies: (file) => file.isCode || file.isCpp,
    test: (text) => BANNER.test(text),
    message: 'section banner: split the file, or delete the line',
  },
  {
    applies: (file) => file.isCode || file.isCpp,
    test: (text) => LEFTOVER.test(text),
    message: 'leftover: do it, or throw a not-supported error and open an issue',
  },
  {
    applies: (file) => file.path.endsWith('.md'),
    test: (text) => PRAISE.test(text),
    message: 'praise: replace it by a number, or delete it',
  },
  {
    applies: (file) => file.isCode,
    test: (text) => BLIND.test(text),
    message: 'cast through unknown: fix the type, or give the reason on the line',
  },
];

export const wording = {
  name: 'wording',
  *check(tree) {
    for (const file of tree.files) {
      if (file.path.startsWith('tools/tidy/')) continue;
      const rules = LINE_RULES.filter(({ applies }) => applies(file));
      for (const [index, text] of file.lines.entries()) {
        for (const { test, message } of rules) {
          if (!test(text)) continue;
          yield { path: file.path, line: index + 1, key: `${file.path} ${text.trim()}`, message };
        }
      }
    }
  },
};
