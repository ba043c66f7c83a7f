/** Installs Debian packages with apt-get, or says in one sentence why it cannot. */
import { spawnSync } from 'node:child_process';

const amRoot = () => process.getuid?.() === 0;

/** All output on standard error: standard output is the doctor's table. */
function runApt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, error } = spawnSync('apt-get', args, { stdio: ['ignore', 2, 2], env });
  return error?.code ?? status;
}

/**
 * Installs `packages` and gives undefined, or the sentence why they are not installed. `apt` runs
 * apt-get with arguments and gives its status, or ENOENT where there is none.
 */
export function installPackages(packages, { isRoot = amRoot(), apt = runApt } = {}) {
  if (packages.length === 0) return undefined;
  const names = packages.join(' ');
  if (!isRoot) return `--install needs root: run apt-get install ${names} as root`;
  for (const args of [['update', '-qq'], ['install', '-y', '-qq', ...packages]]) {
    const status = apt(args);
    if (status === 'ENOENT') return `this machine has no apt-get: install ${names} in its own way`;
    if (status !== 0) return `apt-get ${args.join(' ')} ended with status ${status}`;
  }
  return undefined;
}
