export { createDatabase, createRedisUrl, type TestDatabase } from './databases.js';
export { createPlatform, type Platform, type TestApi } from './platform.js';
export { waitFor } from './wait-for.js';
