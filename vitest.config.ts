import { defineConfig } from 'vitest/config';

/** A private Postgres with a migrated template and a private Redis: test/support. */
const globalSetup = ['test/support/global-setup.ts'];
/** What the programs logged, under a test that failed. */
const setupFiles = ['test/support/logs-of-failures.ts'];

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'contracts', include: ['libs/contracts/test/**/*.test.ts'], testTimeout: 60_000 } },
      { test: { name: 'stats', include: ['libs/stats/test/**/*.test.ts'], testTimeout: 60_000 } },
      { test: { name: 'search', include: ['libs/search/test/**/*.test.ts'], testTimeout: 60_000 } },
      { test: { name: 'placement', include: ['libs/placement/test/**/*.test.ts'], testTimeout: 60_000 } },
      { test: { name: 'bases', include: ['libs/bases/test/**/*.test.ts'], testTimeout: 60_000 } },
      { test: { name: 'peft', include: ['libs/peft/test/**/*.test.ts'], testTimeout: 60_000, pool: 'forks' } },
      { test: { name: 'tasks', include: ['libs/tasks/test/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          name: 'db',
          globalSetup,
          include: ['libs/db/test/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          pool: 'forks',
        },
      },
      { test: { name: 'api', globalSetup, include: ['apps/api/test/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          name: 'worker',
          globalSetup,
          include: ['apps/worker/test/**/*.test.ts'],
          testTimeout: 60_000,
          pool: 'forks',
        },
      },
      { test: { name: 'cli', globalSetup, include: ['apps/cli/test/**/*.test.ts'], testTimeout: 60_000 } },
      { test: { name: 'dashboard', include: ['apps/dashboard/test/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          name: 'infra',
          globalSetup,
          include: ['infra/test/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          pool: 'forks',
        },
      },
      {
        test: {
          name: 'e2e',
          globalSetup,
          setupFiles,
          expect: { poll: { timeout: 15_000 } },
          include: ['test/e2e/**/*.e2e-spec.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          pool: 'forks',
          fileParallelism: false,
        },
      },
      // Starts servers of its own, in namespaces where the machine allows it.
      { test: { name: 'chaos', include: ['test/chaos/*.chaos-spec.ts'], testTimeout: 15 * 60_000 } },
      {
        test: {
          name: 'browser',
          globalSetup,
          setupFiles,
          expect: { poll: { timeout: 15_000 } },
          include: ['test/browser/**/*.browser-spec.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          pool: 'forks',
          fileParallelism: false,
        },
      },
    ],
  },
});
