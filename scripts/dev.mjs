#!/usr/bin/env node
/**
 * `npm run dev`: the platform in a folder of its own (`.rankforge-dev/`, or RANKFORGE_HOME), the page with hot reload in front
 * of it, and a compiler that watches the sources. Whenever they compile, API and worker start again; Enter does it by hand.
 */
import './lib/node-version.mjs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundle, ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { root } from './lib/root.mjs';
import { attempt } from './lib/run.mjs';

ensureInstalled();
ensureBuilt();
const { startPlatform } = await import('../apps/cli/dist/index.js');
const { default: getPort, portNumbers } = await import('get-port');
// The program itself: what is in `bin` starts it as a child, which no signal reaches.
const { default: nativeCompiler } = await import('../node_modules/typescript-7/lib/getExePath.js');

process.env.RANKFORGE_HOME ??= join(root, '.rankforge-dev');
const say = (line) => console.error(`rankforge: ${line}`);

let platform;
/** Settles when no restart is under way. Restarts wait for each other: two would fight over the folder. */
let restarting = restart('starting');

function restartNext(why) {
  restarting = restarting.then(() => restart(why));
}

/** Starts Postgres, Redis, API and worker from what is compiled. A platform that cannot start waits for the next change. */
async function restart(why) {
  say(why);
  const last = platform;
  platform = undefined;
  try {
    await stop(last);
    bundle(attempt);
    platform = await startPlatform({ home: process.env.RANKFORGE_HOME, onProgress: say });
    // The page's server goes on asking the same address.
    process.env.RANKFORGE_PORT = new URL(platform.url).port;
    const started = platform;
    void platform.broken.then((reason) => started === platform && say(reason));
    say('API and worker are ready');
  } catch (error) {
    say(`${error.message}\nrankforge: waiting for the next change (Enter tries again)`);
  }
}

/** The second call stops at once what the first asked: a developer does not wait for a training to be handed back. */
async function stop(running) {
  const stopped = running?.stop();
  void running?.stop();
  await stopped;
}

await restarting;
if (!platform) process.exit(1);
const port = await getPort({ port: portNumbers(5173, 5273), host: '127.0.0.1' });
const vite = join(root, 'node_modules/vite/bin/vite.js');
const page = spawn(process.execPath, [vite, '--host', '127.0.0.1', '--port', `${port}`, '--strictPort'], {
  cwd: join(root, 'apps/dashboard'),
  env: { ...process.env, RANKFORGE_API: platform.url },
  stdio: ['ignore', 'inherit', 'inherit'],
});
const watcher = spawn(nativeCompiler(), ['-b', '--watch', '--preserveWatchOutput', '--pretty'], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'inherit'],
});
const address = `http://127.0.0.1:${port}/`;
while (
  page.exitCode === null &&
  !(await fetch(address).then(
    ({ ok }) => ok,
    () => false,
  ))
)
  await sleep(100);
say(`page ${address}#key=${platform.key} (Ctrl-C ends it; data in ${process.env.RANKFORGE_HOME})`);

let compilations = 0;
createInterface({ input: watcher.stdout }).on('line', (line) => {
  if (line.trim()) console.log(line);
  // The first finds what was built above.
  if (line.includes('Found 0 errors') && ++compilations > 1) restartNext('compiled: starting API and worker again');
});
createInterface({ input: process.stdin }).on('line', () => restartNext('starting API and worker again'));
await new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, resolve);
  for (const child of [watcher, page]) child.once('exit', resolve);
});
for (const child of [watcher, page]) child.kill();
await restarting;
await stop(platform);
process.exit();
