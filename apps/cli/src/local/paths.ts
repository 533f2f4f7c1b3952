import { resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownFolders } from '@rankforge/contracts/data-folder';

/** The checkout this command line belongs to (three folders above `apps/cli/dist/local`). */
export const repositoryRoot = resolve(fileURLToPath(new URL('../../../..', import.meta.url)));

/** The folder that holds everything a local platform writes; `RANKFORGE_HOME` moves it. */
export function rankforgeHome(env: NodeJS.ProcessEnv = process.env): string {
  return env.RANKFORGE_HOME ? resolve(env.RANKFORGE_HOME) : resolve(repositoryRoot, '.rankforge');
}

/** The folder of what was fetched and can be fetched again. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(rankforgeHome(env), 'cache');
}

/** The folder of base models, as the API and the worker find it. */
export function modelsFolder(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(repositoryRoot, env.RANKFORGE_MODELS_DIR || 'models');
}

/** The folder of files that a local platform keeps, such as adapters; `RANKFORGE_DATA_DIR` moves it. */
export function dataFolder(env: NodeJS.ProcessEnv): string {
  return env.RANKFORGE_DATA_DIR ? resolve(repositoryRoot, env.RANKFORGE_DATA_DIR) : resolve(rankforgeHome(env), 'data');
}

/** Every folder that holds what a local platform knows: its own, and that of its files where they lie elsewhere. */
export function keptFolders(env: NodeJS.ProcessEnv = process.env): string[] {
  const [home, data] = [rankforgeHome(env), dataFolder(env)];
  return data === home || data.startsWith(`${home}${sep}`) ? [home] : [home, data];
}

/** The folder of engines that were added, as a worker of this installation finds it. */
export function enginesFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.RANKFORGE_ENGINES_DIR) return resolve(repositoryRoot, env.RANKFORGE_ENGINES_DIR);
  return resolve(dataFolder(env), ownFolders.engines);
}

/** Compiled programs that are started as processes of their own. */
export const programs = {
  api: resolve(repositoryRoot, 'apps/api/dist/main.js'),
  worker: resolve(repositoryRoot, 'apps/worker/dist/main.js'),
  engineProof: resolve(repositoryRoot, 'apps/worker/dist/engine-proof.js'),
  runnerProof: resolve(repositoryRoot, 'apps/worker/dist/runner-proof.js'),
};

export const dashboardPage = resolve(repositoryRoot, 'apps/dashboard/dist/index.html');
