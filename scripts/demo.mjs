#!/usr/bin/env node
/** The main job: installs and builds what is missing, then `rankforge up --demo` with this command's flags. */
import './lib/node-version.mjs';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';

ensureInstalled();
ensureBuilt();
// In this process, so that a signal, or the death of it, reaches the launcher itself.
const { main } = await import('../apps/cli/dist/main.js');
await main([...process.argv.slice(0, 2), 'up', '--demo', ...process.argv.slice(2)]);
