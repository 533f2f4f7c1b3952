/** @file Database access shared by the API, the worker and the CLI. */
export { ArtifactError, ArtifactStore } from './artifacts.js';
export * from './client.js';
export { Prisma } from './generated/client.js';
export { checkHistory, type HistoryProblem, type HistoryReport, historyRules, readHistory } from './history.js';
export { createKey, hashKeySecret, listKeys, revokeKey } from './keys.js';
export * from './lease.js';
export { applyMigrations, MigrationError } from './migrate.js';
export { databaseDown } from './outage.js';
export * from './outcome.js';
export * from './progress.js';
export * from './workers.js';
