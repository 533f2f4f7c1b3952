/** @file The conformance suites of methods and optimizers on the engine, against vectors in float64. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Subject } from './machine.js';
import type { Findings } from './report.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const suites = ['methods.conformance', 'optimizers.conformance'];
const shownFailures = 20;

/** Report of vitest's JSON reporter, as far as it is read here. */
interface Report {
  numPassedTests: number;
  numFailedTests: number;
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
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(await readFile(file, 'utf8')) as Report;
    const failed = testResults.flatMap(({ assertionResults }) =>
      assertionResults.filter(({ status }) => status === 'failed'),
    );
    const broken = testResults.filter(
      ({ message, assertionResults }) => message !== '' && assertionResults.length === 0,
    );
    const problems = [
      ...broken.map(({ name, message }) => `${name}: ${firstLine(message)}`),
      ...failed.map(({ fullName, failureMessages }) => `${fullName}: ${firstLine(failureMessages[0] ?? '')}`),
    ];
    if (numPassedTests + numFailedTests === 0) problems.push('no test ran on tensorflow');
    const more = problems.length - shownFailures;
    return {
      problems: [...problems.slice(0, shownFailures), ...(more > 0 ? [`and ${more} more`] : [])],
      table: [],
      notes: [`${numPassedTests} tests passed, ${numFailedTests} failed, of ${suites.join(' and ')} on tensorflow.`],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const firstLine = (text: string) => text.split('\n')[0] ?? '';

function vitest(outputFile: string, { folder, environment }: Subject): Promise<void> {
  const program = join(root, 'node_modules/vitest/vitest.mjs');
  // The suites run on an engine that was added beside those of every machine.
  const chosen = ['run', '--project', 'peft', ...suites, '--testNamePattern', 'on tensorflow'];
  const flags = [...chosen, '--reporter=json', `--outputFile=${outputFile}`];
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
