/**
 * What `npm run doctor` looks at. A check returns a row: `value` is what was found, or undefined
 * when the thing is missing; then `loss` says what does not work without it and `install` how to
 * get it.
 */
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { statSync } from 'node:fs';
import { addonStep, isAddonBuilt } from '../bootstrap/addon.mjs';
import { addonFile } from '../bootstrap/paths.mjs';
import * as system from './system.mjs';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const apt = (names) => `apt-get install ${names}`;
const gib = (bytes) => (bytes === undefined ? undefined : `${(bytes / GIB).toFixed(1)} GiB`);

const machine = () => [
  { name: 'system', value: `${platform()} ${arch()}, kernel ${release()}` },
  { name: 'CPU', value: `${cpus()[0]?.model.trim()}, ${availableParallelism()} usable` },
  {
    name: 'CPU features',
    value: cpuLevels(system.cpuFlags()),
    loss: 'native kernels run at the scalar level',
    install: 'needs a CPU with AVX2 and FMA, or AVX-512',
  },
  { name: 'memory', value: gib(totalmem()) },
];

/** Levels of the native kernels that a CPU with these flags can run. */
export function cpuLevels(flags) {
  const levels = [];
  if (flags.has('avx2') && flags.has('fma')) levels.push('AVX2 + FMA');
  if (flags.has('avx512f')) levels.push('AVX-512');
  if (flags.has('avx512_bf16')) levels.push('AVX-512 BF16');
  if (flags.has('asimd')) levels.push('NEON');
  return levels.length === 0 ? undefined : levels.join(', ');
}

const toolchain = () => [
  { name: 'Node', value: `${process.versions.node} (20.17 or later)` },
  {
    name: 'C++ compiler',
    value: compilerOf(process.env.CXX ?? 'g++') ?? compilerOf('clang++'),
    loss: 'native kernels (plain TypeScript runs instead), peers written in C++',
    install: apt('g++'),
  },
  {
    name: 'CMake',
    value: system.versionOf('cmake', '--version'),
    loss: 'native kernels (plain TypeScript runs instead)',
    install: apt('cmake'),
  },
  {
    name: 'ninja',
    value: system.versionOf('ninja', '--version'),
    loss: 'nothing; CMake uses make, more slowly',
    install: apt('ninja-build'),
  },
];

function compilerOf(command) {
  const version = system.versionOf(command, '--version');
  return version === undefined ? undefined : `${command} ${version}`;
}

/** The addon as the bootstrap's own step sees it: doctor builds nothing, so it may be stale. */
export function addonRow(root, environment = process.env) {
  const built = isAddonBuilt(root);
  const current = addonStep.isCurrent(root, environment);
  const stale = 'stale, its sources or the compiler setting changed: rebuild with npm run build';
  return {
    name: 'native addon',
    value: built ? (current ? `built, ${addonFile}` : stale) : undefined,
    loss: 'native kernels, thread pinning; plain TypeScript runs instead',
    // A try that failed counts as current until a source or the setting changes.
    install: current
      ? 'the last try failed: .bootstrap/addon.log says why; then npm run build'
      : 'npm run build',
  };
}

const limits = () => {
  const shared = system.capacityOf('/dev/shm');
  const locked = system.limitOf('Max locked memory');
  const overcommit = system.textOf('/proc/sys/vm/overcommit_memory')?.trim();
  return [
    {
      name: '/dev/shm',
      value: gib(shared),
      loss: 'nothing today: processes share no memory yet',
      install: 'mount -t tmpfs tmpfs /dev/shm',
    },
    { name: 'locked memory', value: lockedMemory(locked) },
    { name: 'open files', value: system.limitOf('Max open files') },
    {
      name: 'overcommit',
      value: overcommit === '2' ? undefined : (overcommit ?? 'not Linux'),
      loss: 'large regions that are reserved and mostly untouched',
      install: 'sysctl vm.overcommit_memory=0',
    },
  ];
};

function lockedMemory(limit) {
  if (limit === undefined) return 'not Linux';
  return limit === 'unlimited' ? limit : `${(Number(limit) / MIB).toFixed(0)} MiB`;
}

/** Is the device node there? A driver without one gives an empty answer, not an error. */
const hasDevice = (path) => statSync(path, { throwIfNoEntry: false }) !== undefined;

const devices = () => {
  const query = ['--query-gpu=name,memory.total', '--format=csv,noheader'];
  const list = system.outputOf('nvidia-smi', ...query)?.split('\n').join('; ');
  const render = system.namesIn('/dev/dri').filter((name) => name.startsWith('renderD'));
  return [
    {
      name: 'NVIDIA GPU',
      value: list ?? ['/dev/nvidia0'].find(hasDevice),
      loss: 'nothing today: the cuda backend is not in this repository yet',
      install: 'an NVIDIA GPU and its driver',
    },
    {
      name: 'libcuda',
      value: system.libraryPath('libcuda.so.1'),
      loss: 'nothing today: the cuda backend is not in this repository yet',
      install: 'comes with the NVIDIA driver',
    },
    {
      name: 'render nodes',
      value: render.length === 0 ? undefined : render.join(', '),
      loss: 'nothing today: the vulkan and rocm backends are not in this repository yet',
      install: 'a GPU with a kernel driver that offers /dev/dri',
    },
    {
      name: 'libvulkan',
      value: system.libraryPath('libvulkan.so.1'),
      loss: 'nothing today: the vulkan backend is not in this repository yet',
      install: apt('libvulkan1 mesa-vulkan-drivers'),
    },
    {
      name: 'libfabric',
      value: system.libraryPath('libfabric.so.1'),
      loss: 'nothing today: RDMA fabrics are not in this repository yet',
      install: apt('libfabric1'),
    },
  ];
};

/** Every row, in groups: `[{ title, rows }]`. */
export const checkMachine = (root) => [
  { title: 'machine', rows: machine() },
  { title: 'build', rows: [...toolchain(), addonRow(root)] },
  { title: 'limits', rows: limits() },
  { title: 'devices and fabrics', rows: devices() },
];
