/** @file Database access shared by the API, the worker and the CLI. */
export * from './client.js';
export { Prisma } from './generated/client.js';
export { createKey, hashKeySecret, listKeys, revokeKey } from './keys.js';
export { applyMigrations, MigrationError } from './migrate.js';
