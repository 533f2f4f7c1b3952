import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { runIdVariable } from './global-setup.js';

/**
 * Starts the process that serves the APIs of a project's files. Its own output is what Node prints when it crashes. Stands
 * after global-setup.ts.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const host = fork(fileURLToPath(new URL('api-host.mjs', import.meta.url)), {
    env: { ...process.env, NODE_ENV: 'production', [runIdVariable]: project.getProvidedContext().servers.runId },
  });
  const ended = once(host, 'exit');
  const first = await Promise.race([once(host, 'message'), ended.then(() => undefined)]);
  if (!first) throw new Error(`the process that serves the APIs ended at start (exit ${host.exitCode})`);
  project.provide('apiHost', (first[0] as { url: string }).url);
  return async () => {
    host.disconnect();
    await ended;
  };
}
