import { readFile } from 'node:fs/promises';
import { inject } from 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Address of the process that runs APIs and workers of a project's files: test/support/api-host.mjs. */
    apiHost: string;
  }
}

export interface TestApi {
  /** `http://127.0.0.1:PORT`, for supertest and fetch. */
  url: string;
  logFile: string;
  stop(): Promise<void>;
}

/** A worker without a process of its own; its trainers have theirs. */
export type HostedWorker = Omit<TestApi, 'url'>;

/**
 * Starts an API in the process that serves those of all files. It reads its settings from `env` alone; what an API takes from
 * its process (`TMPDIR`, signals) needs a process of its own.
 */
export const startHostedApi = (env: NodeJS.ProcessEnv, logFile: string): Promise<TestApi> =>
  startHosted<{ url: string }>('api', env, logFile);

/** Starts a worker there, and resolves when it is registered. What it takes from its process (`PATH`, signals) needs one of its own. */
export const startHostedWorker = (env: NodeJS.ProcessEnv, logFile: string): Promise<HostedWorker> =>
  startHosted('worker', env, logFile);

async function startHosted<Facts = unknown>(
  program: 'api' | 'worker',
  env: NodeJS.ProcessEnv,
  logFile: string,
): Promise<HostedWorker & Facts> {
  const host = inject('apiHost');
  if (!host) throw new Error('this vitest project has no API host: add api-host-setup.ts to its globalSetup');
  const response = await fetch(`${host}/${program}`, { method: 'POST', body: JSON.stringify({ env, logFile }) });
  if (!response.ok) {
    const log = await readFile(logFile, 'utf8').catch(() => '');
    throw new Error(`the ${program} could not start: ${await response.text()}\n${log}`);
  }
  const { id, ...facts } = (await response.json()) as { id: string } & Facts;
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    const ended = await fetch(`${host}/${id}`, { method: 'DELETE' });
    if (!ended.ok) throw new Error(`the ${program} could not be ended: ${await ended.text()}`);
  };
  return { ...(facts as Facts), logFile, stop: () => (stopped ??= stop()) };
}
