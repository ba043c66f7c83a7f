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

/** One row a peer; `packages` are those of Debian. */
export const checkPeers = (root) => [
  aptRow(
    'erlang',
    suffix('OTP ', outputOf('erl', '-noshell', '-eval', OTP)),
    ['erlang-base'],
    'actors/*',
  ),
  {
    name: 'nact',
    value: existsSync(join(root, 'node_modules', 'nact')) ? 'installed from npm' : undefined,
    loss: 'peer nact of actors/*',
    install: 'npm run build (it is a development dependency)',
    packages: [],
  },
  aptRow('onednn', libraryWithHeader('libdnnl.so', 'dnnl.h'), ['libdnnl-dev'], 'gemm/*'),
  aptRow('openblas', libraryWithHeader('libopenblas.so', 'cblas.h'), ['libopenblas-dev'], 'gemm/*'),
  aptRow('pytorch', torchVersion(), ['python3-torch'], 'train/*'),
];

function torchVersion() {
  const version = outputOf('/usr/bin/python3', '-c', TORCH) ?? outputOf('python3', '-c', TORCH);
  return suffix('PyTorch ', version);
}

/** Path of the library when its header is there too: peers are compiled. */
function libraryWithHeader(library, header) {
  const folders = ['/usr/include', '/usr/local/include', `/usr/include/${process.arch}-linux-gnu`];
  folders.push('/usr/include/x86_64-linux-gnu', '/usr/include/aarch64-linux-gnu');
  const found = folders.some((folder) => existsSync(join(folder, header)));
  return found ? libraryPath(library) : undefined;
}

/** Debian packages of the missing peers. */
export const missingPackages = (rows) =>
  rows.filter(({ value }) => value === undefined).flatMap(({ packages }) => packages);
