import { relative } from 'node:path';
import { root } from '../root.mjs';

/** Steps that run one program of `node_modules`; the status says whether it passed. */
export const checks = [
  { name: 'lint', args: ['@biomejs/biome/bin/biome', 'check', '--error-on-warnings'] },
  {
    name: 'imports',
    args: ['dependency-cruiser/bin/dependency-cruise.mjs', '--config', '.dependency-cruiser.cjs', 'libs', 'apps'],
  },
  { name: 'unused', args: ['knip/bin/knip.js'] },
  // From this repository: what the client is made from is what was built.
  { name: 'client', args: ['../scripts/client.mjs', '--check'] },
  { name: 'types-of-page', args: ['typescript/bin/tsc', '-p', 'apps/dashboard'] },
  { name: 'types-of-tests', args: ['typescript/bin/tsc', '-b', 'test', 'libs/peft/test', 'infra', 'bench'] },
];

/**
 * Projects of vitest that mostly wait: for processes, for leases to run out, for a browser. They run beside the others, which
 * compute, so that no core idles. Those of one long file stand first, so that none of them is left for the end.
 */
const waiting = ['e2e', 'cli', 'chaos', 'browser', 'worker', 'db', 'infra', 'api'];

/** Projects whose tests depend on how a busy machine schedules processes. */
export const againstTheClock = ['e2e', 'chaos', 'browser'];

/**
 * Two lanes that run side by side, each in the order in which it takes steps that the other has not begun: one computes and one
 * waits, and who is done first helps the other from its end.
 */
export function lanesOf(names) {
  const computing = names.filter((name) => !waiting.includes(name));
  const others = waiting.filter((name) => names.includes(name));
  return [
    [...computing, ...others.toReversed()],
    [...others, ...computing.toReversed()],
  ];
}

/**
 * Names of the projects in vitest.config.ts, those among them that need servers, and, by project, the test files that import what
 * differs from a commit.
 * @param base the commit; undefined when nobody asks
 */
export async function readProjects(base) {
  const { createVitest } = await import('vitest/node');
  const changed = base === undefined ? {} : { changed: base };
  const vitest = await createVitest('test', { root, watch: false, run: true, ...changed });
  const names = vitest.projects.map(({ name }) => name);
  const served = vitest.projects.filter(({ config }) => config.globalSetup.length > 0).map(({ name }) => name);
  const related = new Map();
  if (base !== undefined) {
    for (const { project, moduleId } of await vitest.getRelevantTestSpecifications())
      related.set(project.name, [...(related.get(project.name) ?? []), relative(root, moduleId)]);
  }
  await vitest.close();
  return { names, served, related };
}
