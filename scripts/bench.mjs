#!/usr/bin/env node
/** `npm run bench`: all benches, `npm run bench -- NAME…` some, `--json` for JSON lines. */
import './lib/node-version.mjs';
import { ensureBuilt } from './lib/build.mjs';
import { compile } from './lib/compile.mjs';
import { ensureInstalled } from './lib/install.mjs';

ensureInstalled();
ensureBuilt();
compile('compiling the benches', 'bench');
await import('../bench/dist/main.js');
