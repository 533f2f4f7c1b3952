#!/usr/bin/env node
/**
 * All the tests: `npm test`. Names choose steps (`npm test -- lint e2e`), further flags go to vitest (`npm test -- api -t problem`).
 * The last line is `N passed, N failed`; the status is not 0 when anything failed, or when flags chose tests and none of them ran.
 *
 * - `--changed` runs what the changes since the branch left main can reach, `--changed=REF` those since a commit.
 * - `--full` adds what a normal run leaves out: whole products of settings where it covers each pair. Both say what that is.
 *
 * Checks come first, several at a time; then three lanes run side by side, one that computes and two that wait. With `CI` set, a
 * failed file of a step that runs real processes against the clock is run a second time, alone. What passes then is not failed,
 * and is named as unsteady beside the counts.
 */
import './lib/node-version.mjs';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { readOptions } from './lib/tests/options.mjs';

const started = Date.now();
const options = readOptions(process.argv.slice(2));
ensureInstalled();
ensureBuilt();

// What these import is there only now.
const { baseOf, changedFiles, reachOf } = await import('./lib/tests/changed.mjs');
const { prerequisitesOf } = await import('./lib/tests/prerequisites.mjs');
const { printReport, withoutTests } = await import('./lib/tests/report.mjs');
const { runCheck, runProject } = await import('./lib/tests/run-step.mjs');
const { serversVariable, startTestServers } = await import('./lib/tests/servers.mjs');
const { checks, lanesOf, readProjects } = await import('./lib/tests/steps.mjs');

const base = options.changed === undefined ? undefined : baseOf(options.changed);
const { names: projects, served, related } = await readProjects(base);
const known = [...checks.map(({ name }) => name), ...projects];
for (const name of options.chosen) {
  if (!known.includes(name)) fail(`there is no step "${name}"; the steps are ${known.join(', ')}`);
}
const reach = base === undefined ? undefined : reachOfChanges();
const isChosen = (name) =>
  (options.chosen.length === 0 || options.chosen.includes(name)) && (reach === undefined || reach.has(name));
const chosenChecks = checks.filter(({ name }) => isChosen(name));
const chosenProjects = projects.filter(isChosen);

const folder = mkdtempSync(join(tmpdir(), 'rankforge-test-'));
const leftOutFile = join(folder, 'left-out');
writeFileSync(leftOutFile, '');
const environment = { ...process.env, RANKFORGE_TEST_LEFT_OUT: leftOutFile };
if (options.full) environment.RANKFORGE_TEST_FULL = '1';

// Files that are named, or reached by a change, may be fewer than the parts of a project.
const lanes = lanesOf(chosenProjects, reach === undefined && options.vitestFlags.length === 0);
const context = { environment, aloud: chosenChecks.length + new Set(lanes.flat()).size === 1 };
const results = [];
// A package manager mostly waits: what the tests need of the system is installed beside the checks.
const [{ missing, chromium, told }] = await Promise.all([prerequisitesOf(chosenProjects), ...runChecks()]);
if (chromium) environment.CHROMIUM_PATH = chromium;
const servers = chosenProjects.some((name) => served.includes(name)) ? await startTestServers() : undefined;
if (servers) environment[serversVariable] = JSON.stringify(servers.addresses);
const begun = new Set();
try {
  await Promise.all(
    lanes.map(async (lane) => {
      for (const step of lane) {
        if (begun.has(step)) continue;
        begun.add(step);
        results.push(missing.has(step.project) ? skip(step) : await runProject(step, flagsOf(step), context));
      }
    }),
  );
} finally {
  await servers?.stop();
}
const leftOut = readFileSync(leftOutFile, 'utf8').split('\n').filter(Boolean);
rmSync(folder, { recursive: true, force: true });
const placeOf = ({ name, project = name }) => known.indexOf(project);
results.sort((a, b) => placeOf(a) - placeOf(b) || a.name.localeCompare(b.name));
const failed = printReport([...results, ...withoutTests(results, options)], {
  seconds: (Date.now() - started) / 1000,
  leftOut: [...new Set(leftOut)].sort(),
  full: options.full,
  told,
});
process.exitCode = failed > 0 ? 1 : 0;

/** Runs the checks, as many at a time as there are processors. */
function runChecks() {
  const queue = [...chosenChecks];
  return Array.from({ length: availableParallelism() }, async () => {
    for (let check = queue.shift(); check; check = queue.shift()) results.push(await runCheck(check, context));
  });
}

function reachOfChanges() {
  const files = changedFiles(base);
  const reached = reachOf(files, projects, related);
  const names = [...reached].map(([name, files]) => (files.length > 0 ? `${name} (${files.length} files)` : name));
  console.log(
    `rankforge: ${files.length} files differ from ${base.slice(0, 12)}; they can reach ${names.join(', ') || 'nothing'}`,
  );
  return reached;
}

function flagsOf({ project, flags }) {
  return [...(reach?.get(project) ?? []), ...flags, ...options.vitestFlags];
}

function skip({ name, project }) {
  const why = missing.get(project);
  console.error(`\n── ${name}\nSKIPPED: ${why}`);
  return { name, project, passed: 0, failed: 0, skipped: 1, seconds: 0, files: [], why };
}

function fail(message) {
  console.error(`rankforge: ${message}`);
  process.exit(2);
}
