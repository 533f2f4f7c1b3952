#!/usr/bin/env node
/**
 * `npm run bases:real`: fetches published models that lie in packages of PyPI and adds them to the models folder; names choose
 * some. It is `rankforge base fetch`, installed and compiled first where needed.
 */
import './lib/node-version.mjs';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';

ensureInstalled();
ensureBuilt();
const { main } = await import('../apps/cli/dist/main.js');
await main([...process.argv.slice(0, 2), 'base', 'fetch', ...process.argv.slice(2)]);
