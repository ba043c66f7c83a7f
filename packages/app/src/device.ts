/**
 * The default device module of a run: what kernel actors import to make their backend. The kernels
 * to inject are named by this module's own URL, `?native=<module URL>`; without it the backend runs
 * plain TypeScript (decision 0003).
 */
import { cpu } from '@ganglion/gpu';
import type { BackendFactory } from '@ganglion/gpu/contract';

import { loadKernels } from './native-kernels.js';

const native: string | null = new URL(import.meta.url).searchParams.get('native');

/** The cpu backend of this thread. */
export const device: BackendFactory<'cpu'> =
  cpu({ kernels: native === null ? undefined : await loadKernels(native) });
