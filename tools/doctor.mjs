/**
 * `npm run doctor`: what this machine has, and for each missing thing what is lost and how to get
 * it. `--peers` lists the programs that benchmarks measure against instead; `--peers --install`,
 * as root, installs the missing ones with apt-get. Changes nothing otherwise; exit status 0.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { root } from './bootstrap/paths.mjs';
import { checkMachine } from './doctor/checks.mjs';
import { checkPeers, missingPackages } from './doctor/peers.mjs';
import { formatGroups } from './doctor/table.mjs';

const say = (text) => process.stdout.write(`${text}\n`);

function fail(message, status) {
  process.stderr.write(`${message}\n`);
  process.exit(status);
}

function readOptions() {
  try {
    const options = { peers: { type: 'boolean' }, install: { type: 'boolean' } };
    const { values } = parseArgs({ options });
    if (values.install && !values.peers) throw new Error('--install needs --peers');
    return values;
  } catch (error) {
    return fail(error.message, 2);
  }
}

function installPackages(packages) {
  if (packages.length === 0) return;
  if (process.getuid?.() !== 0) fail(`run as root: apt-get install ${packages.join(' ')}`, 1);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [['update', '-qq'], ['install', '-y', '-qq', ...packages]]) {
    const { status } = spawnSync('apt-get', args, { stdio: ['ignore', 2, 2], env });
    if (status !== 0) fail(`apt-get ${args.join(' ')} ended with status ${status}`, 1);
  }
}

const options = readOptions();
if (!options.peers) say(formatGroups(checkMachine(root)));
else {
  if (options.install) installPackages(missingPackages(checkPeers(root)));
  say(formatGroups([{ title: 'benchmark peers', rows: checkPeers(root) }]));
}
