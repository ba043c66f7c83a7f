/** C++ structs with their assertions, from the tables that `struct` of the runtime makes. */

const TYPES = Object.freeze({
  u8: 'std::uint8_t',
  i32: 'std::int32_t',
  u32: 'std::uint32_t',
  f32: 'float',
  i64: 'std::int64_t',
  u64: 'std::uint64_t',
  f64: 'double',
});

/** Names of fields that C++ keeps for itself; they get an underscore behind. */
const KEYWORDS = new Set(
  `
    alignas auto bool break case catch char class const continue default delete do double
    else enum explicit export extern false float for friend goto if inline int long mutable
    namespace new operator private protected public register return short signed sizeof
    static struct switch template this throw true try typedef union unsigned using virtual
    void volatile while
  `
    .trim()
    .split(/\s+/),
);

const nameOf = (field) => (KEYWORDS.has(field) ? `${field}_` : field);

/** The structs among a module's exports: `[[name, struct], …]` by name. */
export const structsOf = (module) =>
  Object.entries(module)
    .filter(([, value]) => {
      const { size, fields, offset } = value ?? {};
      return typeof size === 'number' && fields !== undefined && offset !== undefined;
    })
    .toSorted(([a], [b]) => (a < b ? -1 : 1));

function emitStruct([name, { size, fields, offset }]) {
  const members = Object.entries(fields).map(([field, kind]) => {
    const [type, count] = typeof kind === 'string' ? [kind, undefined] : kind;
    if (TYPES[type] === undefined) throw new RangeError(`${name}.${field}: unknown kind ${type}`);
    return `  ${TYPES[type]} ${nameOf(field)}${count === undefined ? '' : `[${count}]`};`;
  });
  const asserts = Object.entries(offset).map(
    ([field, at]) => `static_assert(offsetof(${name}, ${nameOf(field)}) == ${at});`,
  );
  return [
    `struct ${name} {`,
    ...members,
    '};',
    `static_assert(sizeof(${name}) == ${size});`,
    ...asserts,
  ].join('\n');
}

/** The whole header. `tables` are `[{ source, structs }]`; `source` is the TypeScript file. */
export function emitHeader(tables) {
  const parts = tables.flatMap(({ source, structs }) => [
    `// ${source}`,
    ...structs.map(emitStruct),
  ]);
  return [
    '// Written by tools/gen-layouts.mjs from the layout tables in TypeScript. Do not edit.',
    '#pragma once',
    '',
    '#include <cstddef>',
    '#include <cstdint>',
    '',
    'namespace ganglion::layouts {',
    '',
    parts.join('\n\n'),
    '',
    '}  // namespace ganglion::layouts',
    '',
  ].join('\n');
}
