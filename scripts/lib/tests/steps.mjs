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
  { name: 'types-of-page', args: ['typescript/bin/tsc', '-p', 'apps/dashboard'] },
  { name: 'types-of-tests', args: ['typescript/bin/tsc', '-b', 'test', 'libs/peft/test', 'infra', 'bench'] },
];

/**
 * Projects of vitest that mostly wait: for processes, for leases to run out, for a browser. They run one after another beside the
 * others, which compute, so that no core idles. The longest stand first.
 */
const waiting = ['e2e', 'chaos', 'cli', 'browser', 'db', 'worker', 'api', 'infra'];

/** Projects whose tests depend on how a busy machine schedules processes. */
export const againstTheClock = ['e2e', 'chaos', 'browser'];

/** Lanes that run side by side; the steps of a lane run one after another. */
export function lanesOf(names) {
  const isWaiting = (name) => waiting.includes(name);
  const lanes = [names.filter((name) => !isWaiting(name)), waiting.filter((name) => names.includes(name))];
  return lanes.filter((lane) => lane.length > 0);
}

/**
 * Names of the projects in vitest.config.ts, and, by project, the test files that import what differs from a commit.
 * @param base the commit; undefined when nobody asks
 */
export async function readProjects(base) {
  const { createVitest } = await import('vitest/node');
  const changed = base === undefined ? {} : { changed: base };
  const vitest = await createVitest('test', { root, watch: false, run: true, ...changed });
  const names = vitest.projects.map(({ name }) => name);
  const related = new Map();
  if (base !== undefined) {
    for (const { project, moduleId } of await vitest.getRelevantTestSpecifications())
      related.set(project.name, [...(related.get(project.name) ?? []), relative(root, moduleId)]);
  }
  await vitest.close();
  return { names, related };
}
