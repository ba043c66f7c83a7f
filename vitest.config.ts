import { defineConfig } from 'vitest/config';

const EXCLUDE = ['**/dist/**', '**/node_modules/**', 'native/build/**'];

/**
 * Two projects. `unit` resolves the workspace's packages to their sources. `threads` resolves them to `dist`,
 * because Node 20 starts no worker thread from TypeScript: its tests import their own package by its published name,
 * and the build has run before them (tools/bootstrap.mjs).
 */
export default defineConfig({
  test: {
    projects: [
      {
        ssr: { resolve: { conditions: ['@ganglion/source', 'node', 'import', 'default'] } },
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'native/src/**/*.test.ts', 'tools/**/*.test.{ts,mjs}'],
          exclude: [...EXCLUDE, '**/*.threads.test.ts', '**/*.e2e.test.{ts,mjs}'],
        },
      },
      {
        test: {
          name: 'threads',
          include: ['packages/*/src/**/*.threads.test.ts', 'native/src/**/*.threads.test.ts'],
          exclude: EXCLUDE,
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 30_000,
        },
      },
    ],
  },
});
