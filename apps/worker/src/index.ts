/** @file The worker as a library: for the benchmark, which brings an executor of its own. */
export { readSettings, type WorkerSettings } from './env.js';
export type { Execution, Executor, Order, Reports } from './trial/executor.js';
export { type RunningWorker, startWorker } from './worker.js';
