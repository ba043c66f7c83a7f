/** Kernels of a module that no layer imports: found by its URL, taken as a value. */
import type { NativeKernels } from '@ganglion/gpu/contract';

/**
 * Imports `module` and returns `native().kernels`.
 * @throws whatever the module throws, or TypeError if it is not such a module.
 */
export async function loadKernels(module: string): Promise<NativeKernels> {
  const { native } = (await import(module)) as { readonly native?: unknown };
  if (typeof native !== 'function') throw new TypeError(`${module} exports no function native`);
  const { kernels } = native() as { readonly kernels?: NativeKernels };
  if (typeof kernels?.run !== 'function') throw new TypeError(`${module} gives no kernels`);
  return kernels;
}
