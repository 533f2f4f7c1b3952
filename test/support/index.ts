export { createDatabase, createRedisUrl, type TestDatabase } from './databases.js';
export type { TestApi } from './hosted-api.js';
export { type ApiProcess, createPlatform, type Platform } from './platform.js';
export { waitFor } from './wait-for.js';
