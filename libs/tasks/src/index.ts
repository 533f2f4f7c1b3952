/**
 * @file Built-in tasks. Importing the catalog reads no data: a task's package is imported when it is loaded.
 */
export { findTask, tasks } from './registry.js';
export type { LoadOptions, Metric, Task } from './task.js';
