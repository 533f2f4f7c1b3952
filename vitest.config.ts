import { defineConfig } from 'vitest/config';

/** A private Postgres with a migrated template and a private Redis: test/support. */
const globalSetup = ['test/support/global-setup.ts'];
/** What the programs logged, under a test that failed. */
const setupFiles = ['test/support/logs-of-failures.ts'];

/** Limits that end a test which hangs, on the slowest machine: nothing here says how fast something is. */
const limits = { testTimeout: 120_000, hookTimeout: 120_000, expect: { poll: { timeout: 15_000 } } };
/** Real processes, one file at a time. */
const processes = {
  globalSetup,
  setupFiles,
  pool: 'forks',
  fileParallelism: false,
} as const;

/** With one process that serves the APIs of all files. */
const hosted = { globalSetup: [...globalSetup, 'test/support/api-host-setup.ts'] };

export default defineConfig({
  test: {
    projects: [
      { test: { ...limits, name: 'contracts', include: ['libs/contracts/test/**/*.test.ts'] } },
      { test: { ...limits, name: 'stats', include: ['libs/stats/test/**/*.test.ts'] } },
      { test: { ...limits, name: 'search', include: ['libs/search/test/**/*.test.ts'] } },
      { test: { ...limits, name: 'placement', include: ['libs/placement/test/**/*.test.ts'] } },
      { test: { ...limits, name: 'bases', include: ['libs/bases/test/**/*.test.ts'] } },
      { test: { ...limits, name: 'peft', include: ['libs/peft/test/**/*.test.ts'], pool: 'forks' } },
      { test: { ...limits, name: 'tasks', include: ['libs/tasks/test/**/*.test.ts'] } },
      { test: { ...limits, name: 'db', include: ['libs/db/test/**/*.test.ts'], globalSetup, pool: 'forks' } },
      { test: { ...limits, name: 'api', include: ['apps/api/test/**/*.test.ts'], globalSetup } },
      { test: { ...limits, name: 'worker', include: ['apps/worker/test/**/*.test.ts'], globalSetup, pool: 'forks' } },
      { test: { ...limits, ...hosted, name: 'cli', include: ['apps/cli/test/**/*.test.ts'] } },
      { test: { ...limits, name: 'dashboard', include: ['apps/dashboard/test/**/*.test.ts'] } },
      { test: { ...limits, name: 'infra', include: ['infra/test/**/*.test.ts'], globalSetup, pool: 'forks' } },
      {
        test: {
          ...limits,
          ...hosted,
          name: 'e2e',
          include: ['test/e2e/**/*.e2e-spec.ts'],
          setupFiles,
          pool: 'forks',
          // A file mostly waits for its own platform, which it shares with no other; each file would load the same modules.
          maxWorkers: 2,
          isolate: false,
        },
      },
      // Starts servers of its own, in namespaces where the machine allows it.
      { test: { ...limits, name: 'chaos', include: ['test/chaos/*.chaos-spec.ts'], testTimeout: 15 * 60_000 } },
      {
        test: {
          ...limits,
          ...processes,
          ...hosted,
          name: 'browser',
          include: ['test/browser/**/*.browser-spec.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
