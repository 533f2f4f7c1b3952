#!/usr/bin/env node
/** `npm run rankforge -- …`: the command line, installed and compiled first where needed. */
import './lib/node-version.mjs';
import { ensureBuilt, isBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';

if (!isBuilt()) {
  ensureInstalled();
  ensureBuilt();
}
const { main } = await import('../apps/cli/dist/main.js');
await main(process.argv);
