/** @file What a board is about: a built-in task, a data set of this installation, what a script reads, or runs that were trained elsewhere. */
import { z } from 'zod';

const prefix = 'dataset:';
const runsPrefix = 'runs:';
const commandPrefix = 'command:';

/** A built-in task by its name, e.g. `moby-dick`, or one of the prefixes and the name of a data set, of runs, or of what a script reads. */
export const TaskName = z
  .string()
  .min(1)
  .max(prefix.length + 64)
  .regex(
    /^(?:dataset:|runs:|command:)?[a-z0-9]+(?:-[a-z0-9]+)*$/,
    'expected a task such as "moby-dick", "dataset:" and the name of a data set, "command:" and a name for what a script reads, or "runs:" and that of runs trained elsewhere',
  )
  .meta({
    description:
      'A built-in task, `dataset:` and the name of a data set, `command:` and a name for what a script reads, or `runs:` and that of a board of runs that were trained elsewhere.',
  });

/**
 * The data set that a task name is about, or undefined for a built-in task.
 * @example datasetOf('dataset:reviews') // 'reviews'
 */
export function datasetOf(task: string): string | undefined {
  return task.startsWith(prefix) ? task.slice(prefix.length) : undefined;
}

/**
 * The name of the runs trained elsewhere that a board is of, or undefined for a board of another kind.
 * @example runsOf('runs:my-comparison') // 'my-comparison'
 */
export function runsOf(task: string): string | undefined {
  return task.startsWith(runsPrefix) ? task.slice(runsPrefix.length) : undefined;
}

/**
 * The name that sweeps of a script gave to what it reads, or undefined for another task.
 * @example commandOf('command:reviews') // 'reviews'
 */
export function commandOf(task: string): string | undefined {
  return task.startsWith(commandPrefix) ? task.slice(commandPrefix.length) : undefined;
}

/** @example runsTask('my-comparison') // 'runs:my-comparison' */
export function runsTask(name: string): string {
  return runsPrefix + name;
}

/** @example datasetTask('reviews') // 'dataset:reviews' */
export function datasetTask(name: string): string {
  return prefix + name;
}
