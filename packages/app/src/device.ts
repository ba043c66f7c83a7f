/**
 * The default device module of a run: what kernel actors import to make their backend. The kernels
 * to inject are named by this module's own URL, `?native=<module URL>`, with `threads=N` and
 * `oversubscribe` for how many threads they compute on; without them the backend runs plain
 * TypeScript (decision 0003).
 */
import { cpu } from '@ganglion/gpu';
import type { BackendFactory } from '@ganglion/gpu/contract';

import { loadKernels } from './native-kernels.js';

const { searchParams } = new URL(import.meta.url);
const native: string | null = searchParams.get('native');

/** The cpu backend of this thread. */
export const device: BackendFactory<'cpu'> = cpu({
  kernels: native === null ? undefined : await loadKernels(native),
  threads: Number(searchParams.get('threads') ?? 1),
  oversubscribe: searchParams.has('oversubscribe'),
});
