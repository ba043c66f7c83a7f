/** Chooses what a run computes on, before any thread is started. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

import { AppError } from '../errors.js';
import { loadKernels } from '../native-kernels.js';

/** How a device is asked for. */
export interface DeviceRequest {
  /** 'auto': native kernels where they load, else plain TypeScript. 'cpu': the same today. */
  readonly device: DeviceName;
  /** Module of the kernels, or false for none; `undefined`: the default, which may be missing. */
  readonly native: string | false | undefined;
  /** URL of the training script, from where `native` is looked for. */
  readonly module: string;
  /** Threads that each worker computes on. */
  readonly threads: number;
  readonly oversubscribe: boolean;
}

/** Names that `--device` takes. */
export type DeviceName = 'auto' | 'cpu';
export const DEVICE_NAMES: readonly DeviceName[] = Object.freeze(['auto', 'cpu']);

/** A device as kernel actors are told of it. */
export interface ChosenDevice {
  readonly backend: { readonly module: string; readonly name: string };
  /** For people: `native avx2`, or `plain TypeScript`. */
  readonly title: string;
  /** Numeric profile and level, so that a resumed run can be refused (NUMERICS-N6). */
  readonly profile: string;
  /** Why native kernels are not used, where they were looked for. */
  readonly note: string | undefined;
}

/** Where the kernels come from unless something else is said. */
export const DEFAULT_NATIVE = '@ganglion/native';

const FACTORY = 'device';
const PLAIN: Omit<ChosenDevice, 'note'> = {
  backend: { module: new URL('../device.js', import.meta.url).href, name: FACTORY },
  title: 'plain TypeScript',
  profile: 'plain-f32',
};

/**
 * @throws AppError APP_DEVICE_UNAVAILABLE if kernels that were named cannot be loaded, or those
 *   that were found do not have the level that the environment names; APP_OPTION_INVALID for more
 *   threads than one without kernels.
 */
export async function chooseDevice(request: DeviceRequest): Promise<ChosenDevice> {
  const { native, module, threads, oversubscribe } = request;
  if (native === false) return plain(threads, undefined);
  try {
    const url = resolveModule(native ?? DEFAULT_NATIVE, module);
    const { level } = await loadKernels(url);
    const device = new URL('../device.js', import.meta.url);
    device.searchParams.set('native', url);
    if (threads > 1) device.searchParams.set('threads', String(threads));
    if (oversubscribe) device.searchParams.set('oversubscribe', 'true');
    const backend = { module: device.href, name: FACTORY };
    const title = `native ${level}${threads === 1 ? '' : ` on ${threads} threads`}`;
    return { backend, title, profile: 'fma-f32', note: undefined };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const line = reason.split('\n', 1)[0] ?? '';
    if (native === undefined && !isChoice(error)) {
      return plain(threads, `native kernels are not used: ${line}`);
    }
    const message = `the native kernels of ${native ?? DEFAULT_NATIVE} cannot be loaded: ${line}`;
    throw new AppError('APP_DEVICE_UNAVAILABLE', message, { cause: error });
  }
}

function plain(threads: number, note: string | undefined): ChosenDevice {
  if (threads === 1) return { ...PLAIN, note };
  const because = note === undefined ? '' : `; ${note}`;
  const message = `threads is ${threads}: plain TypeScript computes on one thread${because}`;
  throw new AppError('APP_OPTION_INVALID', message);
}

/** Whether kernels are there and refuse what the environment asks of them. */
function isChoice(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'NATIVE_LEVEL_UNKNOWN';
}

/** URL of a module as seen from `from`, or else from this package. */
function resolveModule(specifier: string, from: string): string {
  if (/^(file|data|node):/.test(specifier)) return specifier;
  try {
    return pathToFileURL(createRequire(from).resolve(specifier)).href;
  } catch {
    return import.meta.resolve(specifier);
  }
}
