import { readFile } from 'node:fs/promises';
import { inject } from 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Address of the process that serves the APIs of a project's files: test/support/api-host.mjs. */
    apiHost: string;
  }
}

export interface TestApi {
  /** `http://127.0.0.1:PORT`, for supertest and fetch. */
  url: string;
  logFile: string;
  stop(): Promise<void>;
}

/**
 * Starts an API in the process that serves those of all files. It reads its settings from `env` alone; what an API takes from
 * its process (`TMPDIR`, signals) needs a process of its own.
 */
export async function startHostedApi(env: NodeJS.ProcessEnv, logFile: string): Promise<TestApi> {
  const host = inject('apiHost');
  if (!host) throw new Error('this vitest project has no API host: add api-host-setup.ts to its globalSetup');
  const response = await fetch(host, { method: 'POST', body: JSON.stringify({ env, logFile }) });
  if (!response.ok) {
    const log = await readFile(logFile, 'utf8').catch(() => '');
    throw new Error(`the API could not start: ${await response.text()}\n${log}`);
  }
  const { id, url } = (await response.json()) as { id: string; url: string };
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    const closed = await fetch(`${host}/${id}`, { method: 'DELETE' });
    if (!closed.ok) throw new Error(`the API could not be closed: ${await closed.text()}`);
  };
  return { url, logFile, stop: () => (stopped ??= stop()) };
}
