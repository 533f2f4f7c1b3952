import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestApi } from './hosted-api.js';
import { type ApiOptions, createPlatform, openApi, type Platform } from './platform.js';
import { writeTinyBase } from './tiny-base.js';
import { uploadTinyDataset } from './tiny-dataset.js';

/** A platform whose programs know the tiny base model and the tiny data set, with an API that runs. */
export interface TinyPlatform extends Platform {
  api: TestApi;
  /** Name of the tiny base model. */
  base: string;
  /** Where base models are; further ones may be added. Goes with the platform. */
  modelsDir: string;
}

/**
 * @example
 * const platform = await createTinyPlatform();
 * await platform.hostWorker({ RANKFORGE_WORKER_SLOTS: '2' });
 * await submit(platform, platform.api, tinySweep(platform.base));
 * await platform.stop();
 */
export async function createTinyPlatform(options: ApiOptions = {}): Promise<TinyPlatform> {
  const modelsDir = await mkdtemp(join(tmpdir(), 'rankforge-models-'));
  const base = await writeTinyBase(modelsDir);
  const platform = await createPlatform(options);
  const models = { RANKFORGE_MODELS_DIR: modelsDir };
  const api = await openApi(platform, models, options);
  await addTinyDataset(platform, api);
  return {
    ...platform,
    modelsDir,
    base,
    api,
    hostApi: (env) => platform.hostApi({ ...models, ...env }),
    startApi: (env, build) => platform.startApi({ ...models, ...env }, build),
    hostWorker: (env) => platform.hostWorker({ ...models, ...env }),
    startWorker: (env, build) => platform.startWorker({ ...models, ...env }, build),
    launchWorker: (env) => platform.launchWorker({ ...models, ...env }),
    async stop() {
      await platform.stop();
      await rm(modelsDir, { recursive: true, force: true });
    },
  };
}

/** A platform that has a base model of this repository beside the tiny one, with a worker of one slot. */
export async function createPlatformWith(model: string): Promise<TinyPlatform> {
  const platform = await createTinyPlatform();
  const folder = fileURLToPath(new URL(`../../models/${model}`, import.meta.url));
  await cp(folder, join(platform.modelsDir, model), { recursive: true });
  await platform.hostWorker({ RANKFORGE_WORKER_SLOTS: '1' });
  return platform;
}

const added = new WeakMap<Platform['db'], Promise<unknown>>();

/** Adds the tiny data set to a platform that does not have it yet. */
export function addTinyDataset(platform: Platform, api: TestApi): Promise<unknown> {
  const adding = added.get(platform.db) ?? uploadTinyDataset(api.url, platform.keys.admin);
  added.set(platform.db, adding);
  return adding;
}
