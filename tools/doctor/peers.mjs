/** The programs that `npm run bench` measures against, and the Debian packages that hold them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { libraryPath, outputOf } from './system.mjs';

const OTP = 'io:put_chars(erlang:system_info(otp_release)), halt().';
const TORCH = 'import torch; print(torch.__version__)';

const suffix = (text, value) => (value === undefined ? undefined : `${text}${value}`);
const aptRow = (name, value, packages, cases) => ({
  name,
  value,
  loss: `peer ${name} of ${cases}`,
  install: `apt-get install ${packages.join(' ')}`,
  packages,
});

const npmRow = (root, name) => ({
  name,
  value: existsSync(join(root, 'node_modules', name)) ? 'installed from npm' : undefined,
  loss: `peer ${name} of actors/*`,
  install: 'npm run build (it is a development dependency)',
  packages: [],
});

/** One row a peer; `packages` are those of Debian. */
export const checkPeers = (root) => [
  aptRow(
    'erlang',
    suffix('OTP ', outputOf('erl', '-noshell', '-eval', OTP)),
    ['erlang-base'],
    'actors/*',
  ),
  aptRow('caf', compilable('libcaf_core.so', 'caf/all.hpp'), ['g++', 'libcaf-dev'], 'actors/*'),
  npmRow(root, 'nact'),
  npmRow(root, 'xstate'),
  aptRow('onednn', compilable('libdnnl.so', 'dnnl.h'), ['g++', 'libdnnl-dev'], 'gemm/*'),
  aptRow('openblas', compilable('libopenblas.so', 'cblas.h'), ['g++', 'libopenblas-dev'], 'gemm/*'),
  aptRow('pytorch', torchVersion(), ['python3-torch', 'libopenblas0'], 'train/*'),
];

function torchVersion() {
  const version = outputOf('/usr/bin/python3', '-c', TORCH) ?? outputOf('python3', '-c', TORCH);
  return suffix('PyTorch ', version);
}

/** Path of the library when its header and a compiler are there too: the peer is compiled. */
function compilable(library, header) {
  const folders = ['/usr/include', '/usr/local/include', `/usr/include/${process.arch}-linux-gnu`];
  folders.push('/usr/include/x86_64-linux-gnu', '/usr/include/aarch64-linux-gnu');
  const found = folders.some((folder) => existsSync(join(folder, header)));
  if (!found || outputOf('g++', '--version') === undefined) return undefined;
  return libraryPath(library);
}

/** Debian packages of the missing peers, each once. */
export const missingPackages = (rows) => [
  ...new Set(rows.filter(({ value }) => value === undefined).flatMap(({ packages }) => packages)),
];
