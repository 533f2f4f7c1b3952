/** @file What a sweep may be about: a built-in task, or a data set of this installation. */
import { z } from 'zod';

const prefix = 'dataset:';

/** A built-in task by its name, e.g. `moby-dick`, or `dataset:` and the name of a data set. */
export const TaskName = z
  .string()
  .min(1)
  .max(prefix.length + 64)
  .regex(
    /^(?:dataset:)?[a-z0-9]+(?:-[a-z0-9]+)*$/,
    'expected a task such as "moby-dick", or "dataset:" and the name of a data set',
  )
  .meta({ description: 'A built-in task, or `dataset:` and the name of a data set.' });

/**
 * The data set that a task name is about, or undefined for a built-in task.
 * @example datasetOf('dataset:reviews') // 'reviews'
 */
export function datasetOf(task: string): string | undefined {
  return task.startsWith(prefix) ? task.slice(prefix.length) : undefined;
}

/** @example datasetTask('reviews') // 'dataset:reviews' */
export function datasetTask(name: string): string {
  return prefix + name;
}
