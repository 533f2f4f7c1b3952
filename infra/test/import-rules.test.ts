import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

interface Violation {
  rule: string;
  from: string;
}

/** One offence for each rule of the repository, in a tree of its own: [rule, file, its import]. */
const offences = [
  ['libs-contracts-imports', 'libs/contracts/src/a.ts', '../../stats/src/index.js'],
  ['libs-stats-imports', 'libs/stats/src/a.ts', '../../contracts/src/index.js'],
  ['libs-client-imports', 'libs/client/src/a.ts', '../../contracts/src/index.js'],
  ['libs-peft-imports', 'libs/peft/src/a.ts', '../../contracts/src/index.js'],
  ['libs-federated-imports', 'libs/federated/src/a.ts', '../../contracts/src/index.js'],
  ['libs-tasks-imports', 'libs/tasks/src/a.ts', '../../db/src/index.js'],
  ['libs-bases-imports', 'libs/bases/src/a.ts', '../../db/src/index.js'],
  ['libs-search-imports', 'libs/search/src/a.ts', '../../contracts/src/index.js'],
  ['libs-placement-imports', 'libs/placement/src/a.ts', '../../contracts/src/index.js'],
  ['libs-generators-imports', 'libs/generators/src/a.ts', '../../bases/src/index.js'],
  ['libs-db-imports', 'libs/db/src/a.ts', '../../peft/src/index.js'],
  ['apps-api-imports', 'apps/api/src/a.ts', '../../worker/src/index.js'],
  ['apps-worker-imports', 'apps/worker/src/a.ts', '../../../libs/stats/src/index.js'],
  ['apps-cli-imports', 'apps/cli/src/a.ts', '../../../libs/stats/src/index.js'],
  ['apps-dashboard-imports', 'apps/dashboard/src/a.tsx', '../../../libs/db/src/index.js'],
  ['packages-by-name', 'apps/api/src/b.ts', '../../../libs/stats/src/index.js'],
  ['internals-for-comparisons', 'libs/tasks/src/b.ts', '../../peft/src/internals.js'],
  ['contracts-stay-small', 'libs/contracts/src/b.ts', 'node:fs'],
  ['methods-are-data', 'libs/peft/src/training/loop.ts', '../methods/lora.js'],
  ['trainers-know-no-database', 'apps/worker/src/trainer/a.ts', '../../../../libs/db/src/index.js'],
  ['features-meet-in-app', 'apps/dashboard/src/features/sweeps/page.tsx', '../trials/page.js'],
  ['no-cycle', 'libs/stats/src/one.ts', './two.js'],
  ['no-cycle', 'libs/stats/src/three.ts', './types-of-three.js'],
  ['no-cycle-of-folders', 'libs/search/src/samplers/a.ts', '../tpe/a.js'],
  ['no-test-code', 'libs/peft/src/b.ts', '../test/support.js'],
  ['resolvable', 'libs/db/src/b.ts', './missing.js'],
] as const;

const innocent = {
  ...Object.fromEntries(
    ['contracts', 'stats', 'peft', 'bases', 'tasks', 'db'].map((lib) => [`libs/${lib}/src/index.ts`, '']),
  ),
  'apps/worker/src/index.ts': '',
  'apps/dashboard/src/features/trials/page.tsx': '',
  'libs/peft/src/internals.ts': '',
  'libs/peft/src/methods/lora.ts': '',
  'libs/peft/src/methods/registry.ts': "import './lora.js';",
  'libs/peft/src/registry.ts': "import './methods/registry.js';",
  'libs/peft/test/support.ts': '',
  'libs/stats/src/two.ts': "import './one.js';",
  'libs/stats/src/types-of-three.ts': "import type { Three } from './three.js';",
  // No file is in a circle here: the folders of two files are.
  'libs/search/src/tpe/a.ts': '',
  'libs/search/src/tpe/b.ts': "import '../samplers/b.js';",
  'libs/search/src/samplers/b.ts': '',
};

/** Files of circles, which the rules name as well, for it takes two. */
const accomplices = ['libs/stats/src/two.ts', 'libs/stats/src/types-of-three.ts'];

/** What a rule names: the file, or its folder. */
const culprit = (rule: string, file: string) => (rule === 'no-cycle-of-folders' ? dirname(file) : file);

async function violations(directory: string): Promise<Violation[]> {
  const args = [cruise, '--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'json', 'libs', 'apps'];
  const stdout = await new Promise<string>((resolve) => {
    // The exit status is the number of violations; the report is on the standard output either way.
    execFile(process.execPath, args, { cwd: directory, maxBuffer: 16 * 1024 * 1024 }, (_error, out, err) =>
      resolve(out || err),
    );
  });
  const report = JSON.parse(stdout) as { summary: { violations: { rule: { name: string }; from: string }[] } };
  return report.summary.violations.map(({ rule, from }) => ({ rule: rule.name, from }));
}

describe('import rules', () => {
  let directory: string;
  let found: Violation[];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rankforge-imports-'));
    const files = {
      ...innocent,
      'tsconfig.base.json': '{}',
      ...Object.fromEntries(offences.map(([, file, imported]) => [file, `import '${imported}';`])),
    };
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, file)), { recursive: true });
      await writeFile(join(directory, file), text);
    }
    found = await violations(directory);
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  test.each(offences)('%s refuses an import of %s', (rule, file) => {
    expect(found).toContainEqual({ rule, from: culprit(rule, file) });
  });

  test('lets files through that offend no rule', () => {
    const guilty = new Set(found.map(({ from }) => from));
    expect(Object.keys(innocent).filter((file) => guilty.has(file) && !accomplices.includes(file))).toEqual([]);
  });

  test('names an offence for each rule', () => {
    const config = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as { forbidden: { name: string }[] };
    expect(config.forbidden.map(({ name }) => name).sort()).toEqual(
      [...new Set(offences.map(([rule]) => rule))].sort(),
    );
  });
});
