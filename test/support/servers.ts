import { inject } from 'vitest';
import type { ServerAddresses } from './scripts.js';

/** The servers of one vitest run. */
export interface TestServers extends ServerAddresses {
  /** Stands in the environment of every process the tests start, to find those left behind. */
  runId: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    servers: TestServers;
  }
}

/** The servers that global-setup.ts took or started, for a test file. */
export const testServers = (): TestServers => inject('servers');
