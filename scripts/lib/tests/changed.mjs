import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { root } from '../root.mjs';
import { checks } from './steps.mjs';

/** Packages that each package imports: the rule of `npm run check`, read here as what a change can reach. */
const imports = JSON.parse(readFileSync(new URL('../directions.json', import.meta.url), 'utf8'));

const programs = [...closure(['apps/api', 'apps/worker', 'apps/cli'])];
/** Packages whose build the tests of a project start or call; what its tests import is found by vitest. */
const uses = {
  cli: programs,
  infra: programs,
  worker: programs,
  db: ['apps/cli', 'libs/db'],
  api: ['apps/cli', 'libs/db'],
  e2e: programs,
  chaos: programs,
  browser: [...programs, 'apps/dashboard'],
};
/** Files that no import leads to, though the servers or programs of these tests are made of them. */
const isStarted = (file) => /^(test\/support\/|test\/chaos\/|scripts\/chaos)/.test(file);
const documents = /^docs\/|\.md$|^LICENSE$/;

/**
 * The commit to compare with: what is given, else where the branch left main, else (on main) the last commit.
 */
export function baseOf(given) {
  if (given) return git('rev-parse', '--verify', `${given}^{commit}`);
  for (const main of ['main', 'origin/main']) {
    try {
      return git('merge-base', 'HEAD', main);
    } catch {
      // There is no such branch here.
    }
  }
  return git('rev-parse', 'HEAD');
}

/** Files that differ from a commit, committed or not, and those that git does not know yet. */
export function changedFiles(base) {
  const lines = `${git('diff', '--name-only', base)}\n${git('ls-files', '--others', '--exclude-standard')}`;
  return [...new Set(lines.split('\n').filter(Boolean))];
}

/**
 * What a change of `files` can reach: steps by name, each with the test files to run, or none for the whole step. A project whose
 * programs changed runs whole; of others run the files that import what changed, by project in `related`.
 */
export function reachOf(files, projects, related) {
  const reach = new Map();
  if (files.length === 0) return reach;
  reach.set('lint', []);
  const code = files.filter((file) => !documents.test(file));
  // Its tests read what the documentation says about metrics and manifests.
  if (code.length < files.length && projects.includes('infra')) reach.set('infra', []);
  if (code.length === 0) return reach;
  for (const { name } of checks) reach.set(name, []);
  const packages = new Set(code.map(packageOf));
  const anything = packages.has(undefined);
  for (const project of projects) {
    const built = uses[project] ?? [];
    const isWhole = anything || built.some((name) => packages.has(name)) || (built.length > 0 && code.some(isStarted));
    if (isWhole) reach.set(project, []);
    else if (related.has(project) && !reach.has(project)) reach.set(project, related.get(project));
  }
  return reach;
}

/** Folder of the package or group of tests that a file is part of; undefined for what any test may read. */
function packageOf(file) {
  if (file.startsWith('prisma/')) return 'libs/db';
  const [, folder, inTests, name] = /^((?:libs|apps)\/[^/]+|test|bench|infra)\/(test\/)?(.+)$/.exec(file) ?? [];
  if (!folder || name === 'package.json') return undefined;
  // Other files of tests, vectors above all, are read at run time by whoever knows their path.
  if ((inTests || folder === 'test') && !/\.(tsx?|mjs)$/.test(name)) return undefined;
  return inTests ? `${folder}/test` : folder;
}

function closure(names, found = new Set()) {
  for (const name of names) {
    if (found.has(name)) continue;
    found.add(name);
    closure(imports[name] ?? [], found);
  }
  return found;
}

function git(...args) {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}
