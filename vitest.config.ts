import { defineConfig } from 'vitest/config';

const EXCLUDE = ['**/dist/**', '**/node_modules/**', 'native/build*/**'];
const SOURCE = { resolve: { conditions: ['@ganglion/source', 'node', 'import', 'default'] } };

/**
 * One project a suite; budgets are in tools/test/suites.mjs. `unit`, `kits` and `simulation`
 * resolve the workspace's packages to their sources; explorations of interleavings are simulations
 * of threads (`*.explore.test.ts`). `threads` and `processes` resolve packages to `dist`, because
 * Node 20 starts no worker thread from TypeScript: a thread test imports its own package by its
 * published name, and the build has run before (tools/bootstrap.mjs).
 */
export default defineConfig({
  test: {
    projects: [
      {
        ssr: SOURCE,
        test: {
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.ts',
            'native/src/**/*.test.ts',
            'examples/*/src/**/*.test.ts',
            'tools/**/*.test.{ts,mjs}',
          ],
          exclude: [
            ...EXCLUDE,
            '**/*.{threads,explore,sim,e2e}.test.{ts,mjs}',
            'packages/gpu/src/**/*.conformance.test.ts',
          ],
        },
      },
      {
        test: {
          name: 'threads',
          include: ['{packages/*,native,examples/*}/src/**/*.threads.test.ts'],
          exclude: EXCLUDE,
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        ssr: SOURCE,
        test: {
          name: 'simulation',
          include: ['packages/*/src/**/*.{explore,sim}.test.ts'],
          exclude: EXCLUDE,
          // Each file computes on one thread and waits for nothing: both cores are of use.
          maxWorkers: 2,
          testTimeout: 60_000,
        },
      },
      {
        ssr: SOURCE,
        test: {
          name: 'kits',
          include: ['packages/gpu/src/**/*.conformance.test.ts'],
          exclude: EXCLUDE,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'processes',
          include: ['{tools,examples}/**/*.e2e.test.{ts,mjs}'],
          exclude: EXCLUDE,
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
