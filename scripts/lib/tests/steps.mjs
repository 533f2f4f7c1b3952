import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { compiler } from '../compile.mjs';
import { root } from '../root.mjs';

/** Folders of all packages with tests, each of which has a tsconfig.json unless that of its package has the tests in it. */
const testsOfPackages = ['libs', 'apps']
  .flatMap((parent) => readdirSync(join(root, parent)).map((name) => `${parent}/${name}`))
  .filter((folder) => existsSync(join(root, folder, 'test')))
  .filter((folder) => !JSON.parse(readFileSync(join(root, folder, 'tsconfig.json'), 'utf8')).include.includes('test'))
  .map((folder) => `${folder}/test`);

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
  { name: 'types-of-page', args: [compiler, '-p', 'apps/dashboard'] },
  { name: 'types-of-tests', args: [compiler, '-b', ...testsOfPackages, 'infra', 'test', 'bench'] },
];

/**
 * Projects of vitest that mostly wait: for processes, for leases to run out, for a browser. They run beside the others, which
 * compute, so that no core idles.
 */
const waiting = ['e2e', 'cli', 'browser', 'chaos', 'worker', 'infra', 'db', 'api'];
/** Those among them that are done within a minute. */
const shortest = ['infra', 'db', 'api'];

/** Projects that compute. The longest stand first here and above, so that none of them is left alone at the end. */
const computing = ['peft', 'tasks', 'federated', 'bases', 'peft-isolated', 'search', 'stats', 'generators', 'bench'];

/** Projects whose tests depend on how a busy machine schedules processes. */
export const againstTheClock = ['e2e', 'chaos', 'browser'];

/** Projects that compute for longer than all others: their files are run in so many parts, each by the lane that is free. */
const parts = { peft: 4 };

/**
 * Three lanes that run side by side, each in the order in which it takes steps that no other has begun: one computes and two wait,
 * for one step that waits leaves a core idle for half of its time. Who is done first helps the others.
 * @param names projects
 * @param inParts whether all files are run; of a few chosen ones there may be fewer than parts
 * @returns `{ name, project, flags }` of each step
 */
export function lanesOf(names, inParts) {
  const waits = stepsOf(waiting.filter((name) => names.includes(name)));
  const computes = stepsOf(
    computing.filter((name) => names.includes(name)),
    inParts,
  );
  const short = stepsOf(names.filter((name) => !waiting.includes(name) && !computing.includes(name)));
  // A part that computes is begun before the short steps that wait, lest one of them runs alone at the end.
  const long = waits.filter(({ project }) => !shortest.includes(project));
  const lane = [...long, ...computes, ...waits.filter((step) => !long.includes(step)), ...short];
  return [[...computes, ...waits.toReversed(), ...short], lane, lane];
}

function stepsOf(names, inParts = false) {
  return names.flatMap((project) => {
    const count = (inParts && parts[project]) || 1;
    if (count === 1) return { name: project, project, flags: [] };
    return Array.from({ length: count }, (_, index) => {
      const part = `${index + 1}/${count}`;
      return { name: `${project} ${part}`, project, flags: [`--shard=${part}`] };
    });
  });
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
