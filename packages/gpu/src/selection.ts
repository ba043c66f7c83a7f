import type { Backend, BackendComponents, BackendFactory, MatmulCall } from './contract.js';
import { GpuError } from './errors.js';

/**
 * Selection of a device by name (KERNELS-D1). The set of names is the tuple that the caller wrote,
 * so a name outside it does not compile; there is no registry. What a caller holds after selecting
 * is the backend's own object and function.
 */

type NamesOf<F extends readonly BackendFactory[]> = F[number]['backendName'];

/** The backend that the factory called `Name` makes, in its own type. */
type BackendOf<F extends readonly BackendFactory[], Name> = ReturnType<
  Extract<F[number], { readonly backendName: Name }>
>;

/** Backends that one thread may select from. Each is made when it is first selected. */
export interface BackendSet<F extends readonly BackendFactory[]> {
  /** In the order of the tuple. */
  readonly names: readonly NamesOf<F>[];
  /**
   * The backend of that name; the same object every time. 'auto' is the first of the tuple that
   * this machine has, in the contract's type.
   * @throws GpuError GPU_NOT_SUPPORTED where the machine has no such device, GPU_BACKEND_UNKNOWN
   *   where a name went past the compiler.
   */
  selectBackend(name: 'auto'): Backend;
  selectBackend<Name extends NamesOf<F>>(name: Name): BackendOf<F, Name>;
  /** `matmul(name) === selectBackend(name).matmul`. */
  matmul(name: NamesOf<F> | 'auto'): (call: MatmulCall) => void;
  /** Closes every backend that was made. Closing twice is allowed. */
  close(): void;
}

/**
 * `backends(cpu(), mine())(components)`: at least one factory, each with a name of its own.
 * @throws GpuError GPU_OPTION_INVALID
 */
export function backends<const F extends readonly BackendFactory[]>(
  ...factories: F
): (components: BackendComponents) => BackendSet<F> {
  const names = factories.map(({ backendName }) => backendName);
  const twice = names.find((name, index) => names.indexOf(name) !== index || name === 'auto');
  if (names.length === 0) throw new GpuError('GPU_OPTION_INVALID', 'backends() of no factory');
  if (twice !== undefined) {
    throw new GpuError('GPU_OPTION_INVALID', `backend name ${twice} is taken or reserved`);
  }
  return (components) => createSet(factories, components);
}

function createSet<const F extends readonly BackendFactory[]>(
  factories: F,
  components: BackendComponents,
): BackendSet<F> {
  const made = new Map<string, Backend>();
  const select = (name: string): Backend => {
    if (name === 'auto') return selectFirst();
    const existing = made.get(name);
    if (existing !== undefined) return existing;
    const factory = factories.find(({ backendName }) => backendName === name);
    if (factory === undefined) {
      const known = factories.map(({ backendName }) => backendName).join(', ');
      throw new GpuError('GPU_BACKEND_UNKNOWN', `no backend ${name}, there are ${known}`);
    }
    const backend = factory(components);
    made.set(name, backend);
    return backend;
  };
  const selectFirst = (): Backend => {
    const reasons: string[] = [];
    for (const { backendName } of factories) {
      try {
        return select(backendName);
      } catch (error) {
        if (!(error instanceof GpuError) || error.code !== 'GPU_NOT_SUPPORTED') throw error;
        reasons.push(`${backendName}: ${error.message}`);
      }
    }
    throw new GpuError('GPU_NOT_SUPPORTED', `no backend runs here; ${reasons.join('; ')}`);
  };
  return {
    names: factories.map(({ backendName }) => backendName),
    // the map holds under each name what the factory of that name made
    selectBackend: select as BackendSet<F>['selectBackend'],
    matmul: (name) => select(name).matmul,
    close: () => {
      for (const backend of made.values()) backend.close();
    },
  };
}
