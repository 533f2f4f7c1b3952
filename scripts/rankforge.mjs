#!/usr/bin/env node
/** `npm run rankforge -- …`: the command line, installed and compiled first where needed. */
import './lib/node-version.mjs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { root } from './lib/root.mjs';

if (!existsSync(join(root, 'apps/cli/dist/main.js'))) {
  ensureInstalled();
  ensureBuilt();
}
const { main } = await import('../apps/cli/dist/main.js');
await main(process.argv);
