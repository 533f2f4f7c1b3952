/** @file The conformance suites of methods and optimizers on the engine, against vectors in float64. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Subject } from './machine.js';
import type { Findings } from './report.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const suites = ['methods.conformance', 'optimizers.conformance'];
/** Flags of vitest that choose both suites, which are in two of its projects, and of each the tests on the engine. */
export const chosen = ['--project', 'peft*', ...suites, '--testNamePattern', 'on tensorflow'];
const shownFailures = 20;

/** Report of vitest's JSON reporter, as far as it is read here. */
interface Report {
  testResults: {
    name: string;
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
  }[];
}

export async function conformance(subject: Subject): Promise<Findings> {
  const folder = await mkdtemp(join(tmpdir(), 'rankforge-gpu-check-'));
  const file = join(folder, 'report.json');
  try {
    await vitest(file, subject);
    return findingsOf(JSON.parse(await readFile(file, 'utf8')) as Report);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Failures of both suites, and how many tests of each ran: a suite of which none ran is a problem. */
export function findingsOf({ testResults }: Report): Findings {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = tests.filter(({ status }) => status === 'failed');
  const broken = testResults.filter(({ message, assertionResults }) => message !== '' && assertionResults.length === 0);
  const counts = suites.map((suite) => {
    const own = testResults.filter(({ name }) => basename(name).startsWith(`${suite}.`));
    const count = (status: string) =>
      own.flatMap(({ assertionResults }) => assertionResults).filter((test) => test.status === status).length;
    return { suite, passed: count('passed'), failed: count('failed') };
  });
  const problems = [
    ...broken.map(({ name, message }) => `${name}: ${firstLine(message)}`),
    ...failed.map(({ fullName, failureMessages }) => `${fullName}: ${firstLine(failureMessages[0] ?? '')}`),
    ...counts
      .filter((suite) => suite.passed + suite.failed === 0)
      .map(({ suite }) => `no test of ${suite} ran on tensorflow`),
  ];
  const more = problems.length - shownFailures;
  return {
    problems: [...problems.slice(0, shownFailures), ...(more > 0 ? [`and ${more} more`] : [])],
    table: [],
    notes: counts.map((suite) => `${suite.suite} on tensorflow: ${suite.passed} tests passed, ${suite.failed} failed.`),
  };
}

const firstLine = (text: string) => text.split('\n')[0] ?? '';

function vitest(outputFile: string, { folder, environment }: Subject): Promise<void> {
  const program = join(root, 'node_modules/vitest/vitest.mjs');
  // The suites run on an engine that was added beside those of every machine.
  const flags = ['run', ...chosen, '--reporter=json', `--outputFile=${outputFile}`];
  const env = { ...process.env, ...environment, RANKFORGE_ENGINES_DIR: folder };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...flags], {
      cwd: root,
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.once('error', reject);
    child.once('exit', () => resolve()); // the report says what failed
  });
}
