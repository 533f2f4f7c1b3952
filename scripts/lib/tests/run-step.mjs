import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { root } from '../root.mjs';
import { againstTheClock } from './steps.mjs';

/**
 * Runs a step and gives its counts. With `aloud`, its output goes to this terminal as it comes; else it is printed as a whole when
 * the step has ended, so that steps side by side stay apart.
 */
export async function runCheck({ name, args: [script, ...args] }, context) {
  const { status, seconds } = await runProgram(name, [join(root, 'node_modules', script), ...args], context);
  return { name, passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0, seconds, files: [] };
}

/** The same for a project of vitest, or a part of it; `flags` choose what of it. */
export async function runProject(step, flags, context) {
  const first = await runVitest(step, flags, context);
  const files = first.failedFiles;
  if (first.failed === 0 || !process.env.CI || !againstTheClock.includes(step.project) || files.length === 0)
    return first;
  console.log(`\n── ${step.name}, a second time: ${files.join(', ')}`);
  const second = await runVitest(step, [...flags, ...files], context);
  if (second.failed > 0) return first;
  const unsteady = first.failures.map((failure) => `unsteady, passed the second time: ${failure}`);
  return { ...first, passed: first.passed + first.failedTests, failed: 0, failures: unsteady };
}

async function runVitest({ name, project }, flags, context) {
  const dir = mkdtempSync(join(tmpdir(), 'rankforge-report-'));
  const file = join(dir, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const args = ['run', '--project', project, '--passWithNoTests', ...reporters, ...flags];
  const { status, seconds } = await runProgram(name, [join(root, 'node_modules/vitest/vitest.mjs'), ...args], context);
  const counts = readCounts(file);
  rmSync(dir, { recursive: true, force: true });
  // A suite that cannot be loaded, or a teardown that finds a process left behind, fails without a failed test.
  const failed = Math.max(counts.failed, status === 0 ? 0 : 1);
  return { name, project, seconds, ...counts, failedTests: counts.failed, failed };
}

function runProgram(name, args, { aloud, environment }) {
  console.log(aloud ? `\n── ${name}` : `   ${name} begins`);
  const started = Date.now();
  // A pipe takes the colours away.
  const colour = !aloud && process.stdout.isTTY && !process.env.NO_COLOR ? { FORCE_COLOR: '1' } : {};
  const stdio = aloud ? 'inherit' : ['ignore', 'pipe', 'pipe'];
  const child = spawn(process.execPath, args, { cwd: root, stdio, env: { ...environment, ...colour } });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part) => output.push(part));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      const seconds = (Date.now() - started) / 1000;
      if (!aloud) console.log(`\n── ${name}\n${Buffer.concat(output)}`);
      resolve({ status, seconds });
    });
  });
}

function readCounts(file) {
  let report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 0, skipped: 0, failures: [], failedFiles: [], files: [] };
  }
  const skipped = report.numPendingTests + report.numTodoTests;
  const failures = report.testResults.flatMap(({ name: file, assertionResults, status, message }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0 && status === 'failed') return [`${relative(root, file)}: ${firstLine(message)}`];
    return failed.map((test) => `${relative(root, file)} > ${test.fullName}: ${firstLine(test.failureMessages[0])}`);
  });
  const failedFiles = report.testResults
    .filter(({ status }) => status === 'failed')
    .map(({ name: file }) => relative(root, file));
  const files = report.testResults.map(({ name: file, startTime, endTime }) => ({
    file: relative(root, file),
    seconds: (endTime - startTime) / 1000,
  }));
  return { passed: report.numPassedTests, failed: report.numFailedTests, skipped, failures, failedFiles, files };
}

function firstLine(message = '') {
  return message.split('\n', 1)[0];
}
