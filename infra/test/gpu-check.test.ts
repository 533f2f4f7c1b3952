/** @file What `npm run gpu-check` runs of the tests, and what it makes of their report. */
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { chosen, findingsOf } from '../../bench/gpu-check/conformance.js';

const root = join(import.meta.dirname, '../..');
const result = (name: string, ...statuses: string[]) => ({
  name: `/checkout/libs/peft/test/${name}.test.ts`,
  message: '',
  assertionResults: statuses.map((status, index) => ({
    fullName: `${name} ${index}`,
    status,
    failureMessages: status === 'failed' ? ['expected 1 to be 2\nat a line'] : [],
  })),
});

describe('conformance of gpu-check', () => {
  it('chooses the file of each suite', async () => {
    const flags = chosen.slice(0, chosen.indexOf('--testNamePattern'));
    const { stdout } = await execa('npx', ['vitest', 'list', '--filesOnly', ...flags], { cwd: root });
    const files = stdout.split('\n').filter((line) => line.endsWith('.test.ts'));
    expect(files.map((file) => basename(file)).sort()).toEqual([
      'methods.conformance.isolated.test.ts',
      'optimizers.conformance.test.ts',
    ]);
  });

  it('counts each suite by itself', () => {
    const { problems, notes } = findingsOf({
      testResults: [
        result('methods.conformance.isolated', 'passed', 'skipped', 'passed'),
        result('optimizers.conformance', 'passed', 'failed'),
      ],
    });
    expect(problems).toEqual(['optimizers.conformance 1: expected 1 to be 2']);
    expect(notes).toEqual([
      'methods.conformance on tensorflow: 2 tests passed, 0 failed.',
      'optimizers.conformance on tensorflow: 1 tests passed, 1 failed.',
    ]);
  });

  it.each([
    ['absent', []],
    ['skipped', [result('methods.conformance.isolated', 'skipped')]],
  ])('fails where a suite is %s', (_, rest) => {
    const { problems } = findingsOf({ testResults: [result('optimizers.conformance', 'passed'), ...rest] });
    expect(problems).toEqual(['no test of methods.conformance ran on tensorflow']);
  });
});
