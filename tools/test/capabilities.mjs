/**
 * What decides on a machine which tests are skipped. A case-count ratchet on executed tests holds
 * only where everything is present that was present when the counts were taken.
 */
import { spawnSync } from 'node:child_process';
import { isAddonBuilt } from '../bootstrap/addon.mjs';
import { cpuFlags } from '../doctor/system.mjs';

const runs = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** How to get what is missing and can be installed. */
export const REMEDIES = Object.freeze({
  compiler: 'apt-get install g++ cmake, then npm run build',
  addon: 'npm run build with a C++ compiler; .bootstrap/addon.log says why the last one failed',
});

/** Names of the capabilities of this checkout on this machine, sorted. */
export function capabilities(root) {
  const flags = cpuFlags();
  const present = {
    addon: isAddonBuilt(root),
    avx2: flags.has('avx2') && flags.has('fma'),
    avx512: flags.has('avx512f'),
    compiler: runs('g++', '--version'),
    linux: process.platform === 'linux',
  };
  return Object.keys(present).filter((name) => present[name]).toSorted();
}
