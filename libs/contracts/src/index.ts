/** @file What the programs of Rankforge agree on: one schema for REST, queue payloads, CLI and page. */
export * from './adapter.js';
export * from './catalog.js';
export * from './common.js';
export * from './dataset.js';
export * from './environment.js';
export * from './event.js';
export * from './forgetting.js';
export * from './health.js';
export * from './key.js';
export * from './leaderboard.js';
export * from './memory.js';
export * from './published.js';
export * from './sweep.js';
export * from './task-name.js';
export * from './trial.js';
export * from './worker.js';
