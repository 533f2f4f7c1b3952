/** @file Engines that an installation may have: what runs on them, and how tests open them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AddedRunner, beyondRunner } from '@rankforge/contracts';
import { isCurrent, isCurrentTorch } from '../../apps/cli/src/engines/added.js';
import { enginesFolder } from '../../apps/cli/src/local/paths.js';

const folder = enginesFolder();

/** With one thread: two lanes of tests run side by side. */
export const engineOptions = { enginesFolder: folder, threads: 1 };

/** `['tensorflow']` where this version added it, else nothing; `npm test` then says so, with the command that adds it. */
export const addedEngines: readonly 'tensorflow'[] =
  existsSync(join(folder, 'tensorflow', 'engine.json')) && isCurrent(folder) ? ['tensorflow'] : [];

const torch = join(folder, 'torch', 'engine.json');
const ofTorch = existsSync(torch) ? AddedRunner.safeParse(JSON.parse(readFileSync(torch, 'utf8'))) : undefined;

/** Whether this version added the runner of torch; `npm test` says where it did not, with the command that adds it. */
export const hasTorch = ofTorch?.success === true && isCurrentTorch(folder);

/** Whether a training by torch needs what its installation lacks, as a base in nf4 needs bitsandbytes; `npm test` says so. */
export const isBeyondTorch = (needs: { dtype?: string; optimizer?: string }): boolean =>
  beyondRunner('torch', ofTorch!.data!.able, { peftType: 'LORA', dtype: 'float32', ...needs }) !== undefined;
