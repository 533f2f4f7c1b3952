#!/usr/bin/env node
/** `npm run bench`: all benches, `npm run bench -- NAME…` some, `--json` for JSON lines. */
import './lib/node-version.mjs';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { run } from './lib/run.mjs';

ensureInstalled();
ensureBuilt();
run('compiling the benches', process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'bench']);
await import('../bench/dist/main.js');
