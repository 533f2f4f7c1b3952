/** @file The worker as a library: for the benches, which bring an executor of their own or run trainers without a worker. */
export { residentBytes } from './device/host-memory.js';
export { listNvidiaDevices, type NvidiaDevice } from './device/nvidia-smi.js';
export { environmentOn } from './device/visible.js';
export { readSettings, type WorkerSettings } from './env.js';
export { childEnvironment } from './trainer/messages.js';
export { TrainerPool } from './trainer/pool.js';
export type { Executor, Order, Reports, RunOutcome } from './trial/executor.js';
export { type RunningWorker, startWorker } from './worker.js';
