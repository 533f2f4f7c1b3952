import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/** A private Postgres with a migrated template and a private Redis: test/support. */
const servers = ['test/support/global-setup.ts'];
/** With one process that serves the APIs of all files. */
const platform = [...servers, 'test/support/api-host-setup.ts'];
/** What the programs logged, under a test that failed; and answers of the API are held to its description. */
const setupFiles = ['test/support/logs-of-failures.ts', 'test/support/checked-responses.ts'];

/**
 * The libraries of this repository by name, each at the sources that its `exports` name, so that a test never runs an old build of
 * them. Not by `conditions: ['@rankforge/source']`: vitest hands those to Node, and what a test forks would look for sources too.
 */
const alias = readdirSync(new URL('libs', import.meta.url)).flatMap((name) => {
  const folder = new URL(`libs/${name}/`, import.meta.url);
  const { exports } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as {
    exports: Record<string, { '@rankforge/source'?: string }>;
  };
  return Object.entries(exports).flatMap(([path, { '@rankforge/source': source }]) => {
    const find = new RegExp(`^@rankforge/${name}${path.slice(1)}$`);
    return source === undefined ? [] : [{ find, replacement: fileURLToPath(new URL(source, folder)) }];
  });
});

const hangs = 15 * 60_000;

type TestOptions = NonNullable<TestProjectInlineConfiguration['test']>;

function project(name: string, include: string, options: TestOptions = {}): TestProjectInlineConfiguration {
  return {
    resolve: { alias },
    test: {
      name,
      include: [include],
      // Limits that end a test which hangs, on a machine that does 25 things at once: nothing here says how fast something is, and no
      // test has a limit of its own.
      testTimeout: hangs,
      hookTimeout: hangs,
      // Files share a process: each would load, and warm up, the same modules anew.
      pool: 'forks',
      isolate: false,
      expect: { poll: { timeout: 120_000, interval: 150 } },
      ...options,
    },
  };
}

export default defineConfig({
  test: {
    // Projects share sources: each is transformed once, and again when it changes.
    experimental: { fsModuleCache: true },
    projects: [
      project('contracts', 'libs/contracts/test/**/*.test.ts'),
      project('stats', 'libs/stats/test/**/*.test.ts'),
      project('search', 'libs/search/test/**/*.test.ts'),
      project('placement', 'libs/placement/test/**/*.test.ts'),
      project('bases', 'libs/bases/test/**/*.test.ts'),
      project('generators', 'libs/generators/test/**/*.test.ts'),
      project('peft', 'libs/peft/test/**/*.test.ts', { exclude: ['**/*.isolated.test.ts'] }),
      // Files that replace modules, or fill the heap.
      project('peft-isolated', 'libs/peft/test/**/*.isolated.test.ts', { isolate: true }),
      project('federated', 'libs/federated/test/**/*.test.ts'),
      project('tasks', 'libs/tasks/test/**/*.test.ts'),
      project('bench', 'bench/test/**/*.test.ts'),
      project('db', 'libs/db/test/**/*.test.ts', { globalSetup: servers }),
      project('api', 'apps/api/test/**/*.test.ts', { globalSetup: servers }),
      project('worker', 'apps/worker/test/**/*.test.ts', { globalSetup: servers }),
      project('cli', 'apps/cli/test/**/*.test.ts', { globalSetup: platform }),
      project('dashboard', 'apps/dashboard/test/**/*.test.ts'),
      project('infra', 'infra/test/**/*.test.ts', { globalSetup: servers }),
      project('e2e', 'test/e2e/**/*.e2e-spec.ts', {
        globalSetup: platform,
        setupFiles,
        // A file mostly waits for its own platform, which it shares with no other.
        maxWorkers: 2,
      }),
      // Starts servers of its own, in namespaces where the machine allows it.
      project('chaos', 'test/chaos/*.chaos-spec.ts'),
      project('browser', 'test/browser/**/*.browser-spec.ts', {
        globalSetup: platform,
        setupFiles,
        fileParallelism: false,
      }),
    ],
  },
});
