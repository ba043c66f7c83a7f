/**
 * `npm run doctor`: what this machine has, and for each missing thing what is lost and how to get
 * it. `--peers` lists the programs that benchmarks measure against instead; `--peers --install`,
 * as root, installs the missing ones with apt-get. Changes nothing otherwise. Exit status 0, 1 when
 * something that was to be installed is missing, 2 when the command was not understood.
 */
import { root } from './bootstrap/paths.mjs';
import { fail, readOptions } from './command/options.mjs';
import { checkMachine } from './doctor/checks.mjs';
import { installPackages } from './doctor/install.mjs';
import { checkPeers, missingPackages } from './doctor/peers.mjs';
import { formatGroups } from './doctor/table.mjs';

const USAGE = `npm run doctor                        what this machine has
npm run doctor -- --peers             which programs benchmarks can measure against
npm run doctor -- --peers --install   installs the missing ones (as root, with apt-get)`;

const say = (text) => process.stdout.write(`${text}\n`);

const options = readOptions(
  USAGE,
  { peers: { type: 'boolean' }, install: { type: 'boolean' } },
  ({ peers, install }) => (install && !peers ? '--install needs --peers' : undefined),
);
if (!options.peers) say(formatGroups(checkMachine(root)));
else {
  let peers = checkPeers(root);
  const wanted = options.install ? missingPackages(peers) : [];
  if (wanted.length > 0) {
    const fault = installPackages(wanted);
    if (fault !== undefined) fail(fault, 1);
    peers = checkPeers(root);
  }
  say(formatGroups([{ title: 'benchmark peers', rows: peers }]));
  const left = wanted.length > 0 ? missingPackages(peers) : [];
  if (left.length > 0) fail(`installed, and still not found: ${left.join(' ')}`, 1);
}
