/**
 * The start of every verb: `node tools/bootstrap.mjs <verb> [arguments…]`. Makes the checkout
 * runnable (packages, TypeScript, addon), then runs the verb in a child with inherited streams.
 * Has no dependencies, because a fresh clone has no node_modules.
 *
 * BOOT-1: it writes to standard error only, and nothing when everything is up to date.
 * BOOT-2: only the holder of .bootstrap/lock changes node_modules, dist or native/build.
 * BOOT-3: a step that was interrupted is done again; nothing counts as done before its end.
 * BOOT-4: the verb's exit status is the exit status.
 */
const LOWEST = [20, 17];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < LOWEST[0] || (major === LOWEST[0] && minor < LOWEST[1])) {
  process.stderr.write(
    `Node ${process.versions.node} is too old: Ganglion needs ${LOWEST.join('.')} or later; ` +
      'install it from https://nodejs.org\n',
  );
  process.exit(1);
} else {
  import('./bootstrap/run.mjs').then(({ run }) => run(process.argv.slice(2)));
}
