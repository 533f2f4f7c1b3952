#!/usr/bin/env node
/** `npm run rankforge -- …`: the command line, installed and compiled first where needed. */
import './lib/node-version.mjs';
import { isBuilt } from './lib/stale.mjs';

if (!isBuilt()) {
  const [{ ensureInstalled }, { ensureBuilt }] = await Promise.all([
    import('./lib/install.mjs'),
    import('./lib/build.mjs'),
  ]);
  ensureInstalled();
  ensureBuilt();
}
await import('../apps/cli/bin/rankforge.js');
