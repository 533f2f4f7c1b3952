import { randomUUID } from 'node:crypto';
import type { TestProject } from 'vitest/node';
import { loadScript, type ServerAddresses } from './scripts.js';
import type { TestServers } from './servers.js';
import { strayProcesses } from './stray-processes.js';

export const runIdVariable = 'RANKFORGE_TEST_RUN';

/** Takes the servers of `npm test`, or starts its own; after the run it fails when a process of the tests is still alive. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { isBuilt } = await loadScript('lib/stale');
  if (!isBuilt()) {
    const message = 'a source is newer than the programs that are built of it: npm run build';
    // The error does not reach the reader: vitest fails where it looks for the line in its cache of modules.
    console.error(message);
    throw new Error(message);
  }
  const { serversVariable, startTestServers } = await loadScript('lib/tests/servers');
  const given = process.env[serversVariable];
  const own = given === undefined ? await startTestServers() : undefined;
  const runId = randomUUID();
  const servers: TestServers = { runId, ...(own?.addresses ?? (JSON.parse(given!) as ServerAddresses)) };
  project.provide('servers', servers);

  return async () => {
    const strays = await strayProcesses(`${runIdVariable}=${runId}`);
    for (const stray of strays) process.kill(stray.pid, 'SIGKILL');
    await own?.stop();
    if (strays.length === 0) return;
    const list = strays.map((stray) => `  ${stray.pid} ${stray.command}`).join('\n');
    throw new Error(`tests left ${strays.length} process(es) running (now killed):\n${list}`);
  };
}
