/** @file What `npm test` runs of its steps, and in which order. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { reachOf } from '../../../scripts/lib/tests/changed.mjs';
import { readOptions } from '../../../scripts/lib/tests/options.mjs';
import { linesOfTorch } from '../../../scripts/lib/tests/prerequisites.mjs';
import { withoutTests } from '../../../scripts/lib/tests/report.mjs';
import { checks, lanesOf } from '../../../scripts/lib/tests/steps.mjs';

const root = new URL('../../../', import.meta.url);
const projects = ['stats', 'peft', 'db', 'worker', 'cli', 'infra', 'e2e', 'browser'];
const allChecks: string[] = checks.map(({ name }: { name: string }) => name);
const related = new Map([['stats', ['libs/stats/test/letters.test.ts']]]);

const reach = (...files: string[]): Record<string, string[]> => Object.fromEntries(reachOf(files, projects, related));
const stepsReached = (...files: string[]) => Object.keys(reach(...files)).filter((name) => !allChecks.includes(name));

describe('the reach of a change', () => {
  it('is empty where nothing changed', () => {
    expect(reachOf([], projects, new Map()).size).toBe(0);
  });

  it('is the format and what reads it for documentation', () => {
    expect(Object.keys(reach('docs/packs.md', 'README.md'))).toEqual(['lint', 'infra']);
  });

  it('takes the files that import a source, and whole suites whose programs hold it', () => {
    expect(reach('libs/stats/src/letters.ts')).toEqual({
      ...Object.fromEntries(allChecks.map((name) => [name, []])),
      stats: ['libs/stats/test/letters.test.ts'],
      worker: [],
      cli: [],
      infra: [],
      e2e: [],
      browser: [],
    });
  });

  it('stays with the browser for the page', () => {
    expect(stepsReached('apps/dashboard/src/app/root.tsx')).toEqual(['stats', 'browser']);
  });

  it('takes suites with a database for a migration and for what starts their servers', () => {
    const withDatabase = ['stats', 'db', 'worker', 'cli', 'infra', 'e2e', 'browser'];
    expect(stepsReached('prisma/schema.prisma')).toEqual(withDatabase);
    expect(stepsReached('test/support/api-host.mjs')).toEqual(withDatabase);
  });

  it('is everything for locks, settings, and files that tests read by their path', () => {
    for (const file of ['package-lock.json', 'libs/peft/package.json', 'vitest.config.ts', 'scripts/build.mjs'])
      expect(stepsReached(file), file).toEqual(projects);
    for (const file of ['libs/peft/test/vectors/methods/lora.json', 'test/e2e/fixtures/peft-results.json'])
      expect(stepsReached(file), file).toEqual(projects);
  });

  it('knows the imports of every package', () => {
    const directions = JSON.parse(readFileSync(new URL('scripts/lib/directions.json', root), 'utf8')) as object;
    const packages = ['libs', 'apps'].flatMap((group) =>
      readdirSync(new URL(group, root)).map((name) => `${group}/${name}`),
    );
    expect(Object.keys(directions).sort()).toEqual(packages.sort());
  });
});

it('takes steps first, then its own flags and those of vitest', () => {
  expect(readOptions(['api', 'e2e', '--full', '--changed=HEAD~2', '-t', 'some test'])).toEqual({
    chosen: ['api', 'e2e'],
    full: true,
    changed: 'HEAD~2',
    vitestFlags: ['-t', 'some test'],
  });
  expect(readOptions(['--changed'])).toEqual({ chosen: [], full: false, changed: '', vitestFlags: [] });
});

it('says by which Python torch is tested, and what that leaves untested', () => {
  const added = { python: '/venv/python', releases: ['torch==2.13.0', 'bitsandbytes==0.50.2'] };
  expect(linesOfTorch(added, '/engines')).toEqual({
    tested: ['engine torch is tested with bitsandbytes, by /venv/python: torch==2.13.0, bitsandbytes==0.50.2'],
    untested: [],
  });
  expect(linesOfTorch({ ...added, releases: ['torch==2.13.0'] }, '/engines')).toEqual({
    tested: ['engine torch is tested without bitsandbytes, by /venv/python: torch==2.13.0'],
    untested: [
      expect.stringMatching(/^torch on bases in int8 and nf4, .* \/venv\/python has no bitsandbytes; install/),
    ],
  });
  expect(linesOfTorch(undefined, '/engines')).toEqual({
    tested: [],
    untested: [expect.stringMatching(/^engine torch, which this version did not add to \/engines: add it/)],
  });
});

describe('flags that choose tests', () => {
  const none = { name: 'peft', project: 'peft', passed: 0, failed: 0, skipped: 7 };
  const chosen = { vitestFlags: ['-t', 'directions'], full: false };

  it('fail where no test ran, and name what was chosen', () => {
    const [step] = withoutTests([{ name: 'lint', passed: 1, failed: 0, skipped: 0 }, none], chosen);
    expect(step).toMatchObject({ passed: 0, failed: 1 });
    expect(step!.failures).toEqual([
      '-t directions: none of the chosen tests ran, 7 were skipped: expected a name or a file of a test in peft; tests that take long run only with --full',
    ]);
  });

  it('pass where a test ran in one of the steps', () => {
    expect(withoutTests([none, { ...none, name: 'stats', project: 'stats', passed: 1 }], chosen)).toEqual([]);
    expect(withoutTests([{ ...none, failed: 1 }], chosen)).toEqual([]);
  });

  it('pass where the machine lacks what the step needs, and where there are none', () => {
    expect(withoutTests([{ ...none, why: 'there is no Chromium' }], chosen)).toEqual([]);
    expect(withoutTests([none], { vitestFlags: [], full: false })).toEqual([]);
  });
});

const namesOf = (lanes: { name: string }[][]) => lanes.map((lane) => lane.map(({ name }) => name));

it('lets each lane begin with the longest of its own steps and end with those of the others', () => {
  expect(namesOf(lanesOf(['stats', 'placement', 'peft', 'cli', 'e2e'], false))).toEqual([
    ['peft', 'stats', 'cli', 'e2e', 'placement'],
    ['e2e', 'cli', 'peft', 'stats', 'placement'],
    ['e2e', 'cli', 'peft', 'stats', 'placement'],
  ]);
});

it('parts the project that computes longest, so that lanes that are done take of it', () => {
  const parts = ['peft 1/4', 'peft 2/4', 'peft 3/4', 'peft 4/4'];
  const lanes = lanesOf(['peft', 'cli'], true);
  expect(namesOf(lanes)).toEqual([
    [...parts, 'cli'],
    ['cli', ...parts],
    ['cli', ...parts],
  ]);
  expect(lanes[0]![1]).toEqual({ name: 'peft 2/4', project: 'peft', flags: ['--shard=2/4'] });
  // Lanes share steps, so that each is taken once.
  expect(lanes[1]![2]).toBe(lanes[0]![1]);
});
