/** @file The engine `tensorflow`, which an installation may have: what runs on it, and how tests open it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isCurrent } from '../../apps/cli/src/engines/added.js';
import { enginesFolder } from '../../apps/cli/src/local/paths.js';

const folder = enginesFolder();

/** With one thread: two lanes of tests run side by side. */
export const engineOptions = { enginesFolder: folder, threads: 1 };

/** `['tensorflow']` where this version added it, else nothing; `npm test` then says so, with the command that adds it. */
export const addedEngines: readonly 'tensorflow'[] =
  existsSync(join(folder, 'tensorflow', 'engine.json')) && isCurrent(folder) ? ['tensorflow'] : [];
