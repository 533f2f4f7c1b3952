/** @file Methods that train nothing: what a sweep is refused for. */
import type { CreateSweep, FieldError } from '@rankforge/contracts';
import { findContender } from '@rankforge/evaluators';
import { type Task, tasks } from '@rankforge/tasks';
import { expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { checkEvaluators } from '../src/planning/check-evaluators.js';
import type { MethodAxes } from '../src/planning/expand.js';

function refused(name: string, segmenter?: Task['segmenter']): FieldError[] {
  const task: Task = { ...tasks[0]!, name: 'dataset:mine', objective: 'ranking', ...(segmenter && { segmenter }) };
  const errors: FieldError[] = [];
  const axes = [{ index: 2, method: findContender(name) } as MethodAxes];
  checkEvaluators(partOf<CreateSweep>({}), task, axes, errors);
  return errors;
}

it('refuses an examination of data whose words it cannot read, and says which method and why', () => {
  const jieba = { name: 'jieba', between: '' } as const;
  const [error, ...others] = refused('certdr', jieba);
  expect(others).toEqual([]);
  expect(error!.path).toBe('/methods/2/name');
  expect(error!.message).toMatch(
    /^certdr: certificates are over synonyms .* words of the data are those of jieba: nothing/,
  );
  expect(refused('query-copy', jieba)).toEqual([]);
  expect(refused('certdr')).toEqual([]);
  expect(refused('certdr', { name: 'spaces', between: ' ' })).toEqual([]);
});
