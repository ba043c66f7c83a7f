/** Threads of workers bound to CPUs: the contract of what binds them, which comes from outside. */
import type { ExportName } from './scheduling.js';

/** Binds the thread that calls it. `pinning` of @ganglion/native is one. */
export interface ThreadPinning {
  /** @throws if the system refuses; the thread then runs where it did */
  pinThread(cpu: number): void;
}

/** Gives a worker what binds it, on its thread. */
export type CreatePinning = () => ThreadPinning;

/** A pinning, as `pinning` returns it. Workers import it by its name. */
export interface ActorPinning extends ExportName {
  readonly create: CreatePinning;
}
