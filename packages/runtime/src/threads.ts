/** Operating-system threads as Node worker threads, seen from both sides. */
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, threadId, Worker, workerData } from 'node:worker_threads';
import type { Transferable } from 'node:worker_threads';

import type { OwnThread, Thread, ThreadHandler, ThreadOptions, Threads } from './contract.js';
import { RuntimeError } from './errors.js';
import { overlay, requireInteger } from './options.js';

type Limits = Required<Pick<ThreadOptions, 'stackMiB' | 'heapMiB'>>;

/** Defaults of `ThreadOptions`. */
export const threadDefaults: Limits = Object.freeze({ stackMiB: 64, heapMiB: 4_096 });

const THREAD_KEYS = ['name', 'entry', 'data'] as const;

/** @throws RuntimeError RUNTIME_OPTION_INVALID */
export function resolveThreadOptions(options: ThreadOptions): Required<ThreadOptions> {
  const { name, entry, data, ...limits } = options;
  const resolved = overlay(`thread (besides ${THREAD_KEYS.join(', ')})`, threadDefaults, limits);
  requireInteger('stackMiB', resolved.stackMiB, { min: 1, max: 1_024 });
  requireInteger('heapMiB', resolved.heapMiB, { min: 16, max: 1_048_576 });
  return { name, entry, data, ...resolved };
}

function start(options: ThreadOptions, handler: ThreadHandler): Thread {
  const { name, entry, data, stackMiB, heapMiB } = resolveThreadOptions(options);
  const worker = new Worker(entry, {
    name,
    workerData: data,
    resourceLimits: { stackSizeMb: stackMiB, maxOldGenerationSizeMb: heapMiB },
  });
  const id = worker.threadId;
  let ended = false;
  worker.on('message', (message: unknown) => handler.onMessage(message));
  worker.on('error', (cause: unknown) => {
    const thrown = cause instanceof Error ? cause : new Error(`thrown: ${String(cause)}`);
    handler.onError(thrown);
  });
  worker.on('messageerror', (cause: Error) => {
    handler.onError(cause);
    void worker.terminate();
  });
  worker.on('exit', (exitCode: number) => {
    ended = true;
    handler.onExit(exitCode);
  });
  return {
    id,
    post: (message, transfer) => {
      if (ended) {
        const text = `thread ${name} (${id}) has ended and takes no message`;
        throw new RuntimeError('RUNTIME_THREAD_ENDED', text);
      }
      worker.postMessage(message, transfer as readonly Transferable[]);
    },
    terminate: async () => {
      await worker.terminate();
    },
  };
}

/** Starts threads as Node worker threads; what they print comes out of this process. */
export function nodeThreads(): Threads {
  return Object.freeze({ cpuCount: availableParallelism(), start });
}

/**
 * The calling thread, as the module that it runs sees it.
 * @throws RuntimeError RUNTIME_THREAD_ENDED on the main thread, which nothing started.
 */
export function ownThread(): OwnThread {
  if (isMainThread || parentPort === null) {
    throw new RuntimeError('RUNTIME_THREAD_ENDED', 'the main thread has no creator to talk to');
  }
  const port = parentPort;
  return {
    id: threadId,
    data: workerData as unknown,
    post: (message, transfer) => port.postMessage(message, transfer as readonly Transferable[]),
    onMessage: (handle) => {
      port.on('message', handle);
      return () => port.off('message', handle);
    },
  };
}
