/**
 * Components of a system that run on its workers: each is exported by a module under its name, so
 * that every worker can import it.
 */
import type { ExportName } from './contract/scheduling.js';
import { ActorsError, textOf } from './errors.js';
import type { ActorsErrorCode } from './errors.js';

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** A component: what `create` makes, each worker has one of. */
export interface Component extends ExportName {
  readonly create: (...given: never) => unknown;
}

/** One kind of component. Every method throws ActorsError with its code. */
export class ComponentKind<C extends Component> {
  readonly #noun: string;
  readonly #code: ActorsErrorCode;

  /** @param noun what it is called, and the function that declares it */
  constructor(noun: string, code: ActorsErrorCode) {
    this.#noun = noun;
    this.#code = code;
  }

  /** Declares one. @param module URL of the module that exports the result under `name` */
  declare(module: string, name: string, create: C['create']): C {
    if (!IDENTIFIER.test(name)) {
      const text = 'its name must be the identifier that its module exports';
      throw this.#invalid(`${this.#noun} "${name}": ${text}`);
    }
    if (typeof create !== 'function')
      throw this.#invalid(`${this.#noun} ${name}: create is ${typeof create}, must be a function`);
    return Object.freeze({ module, name, create }) as C;
  }

  /** The name that workers import by. */
  nameOf(given: C | undefined): ExportName | undefined {
    if (given === undefined) return undefined;
    if (!this.#isOne(given))
      throw this.#invalid(`${this.#noun} must be what ${this.#noun}(…) returned`);
    return { module: given.module, name: given.name };
  }

  /** Imports the module and takes the component out of it. */
  async import({ module, name }: ExportName): Promise<C> {
    let exported: unknown;
    try {
      const namespace = (await import(module)) as Readonly<Record<string, unknown>>;
      exported = namespace[name];
    } catch (cause) {
      if (cause instanceof ActorsError) throw cause;
      const text = `${this.#noun} ${name}: its module ${module} cannot be imported`;
      throw this.#invalid(`${text}: ${textOf(cause)}`, cause);
    }
    if (this.#isOne(exported) && exported.module === module && exported.name === name)
      return exported;
    throw this.#invalid(`module ${module} exports no ${this.#noun} under the name ${name}`);
  }

  #isOne(candidate: unknown): candidate is C {
    return (
      typeof candidate === 'object' &&
      candidate !== null &&
      'module' in candidate &&
      'name' in candidate &&
      'create' in candidate &&
      typeof candidate.create === 'function'
    );
  }

  #invalid(text: string, cause?: unknown): ActorsError {
    return new ActorsError(this.#code, text, cause === undefined ? undefined : { cause });
  }
}
