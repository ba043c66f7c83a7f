/** C++ core is free of Node: only the binding knows Node-API. */

const NODE_HEADER =
  /^\s*#\s*include\s*[<"](napi\.h|node_api[^>"]*|js_native_api[^>"]*|node\.h|v8[^>"]*)[>"]/;

export const nativeCore = {
  name: 'native-core',
  *check(tree) {
    for (const file of tree.files) {
      if (!file.path.startsWith('native/core/') || !file.isCpp) continue;
      for (const [index, text] of file.lines.entries()) {
        const header = NODE_HEADER.exec(text)?.[1];
        if (header === undefined) continue;
        const message = `native/core includes ${header}: convert values in native/binding`;
        yield { path: file.path, line: index + 1, key: `${file.path} ${header}`, message };
      }
    }
  },
};
