#!/usr/bin/env node
import module from 'node:module';
import { fileURLToPath } from 'node:url';

// Node.js keeps from 22.8 on what it made of the files of a command, and begins the next with it.
module.enableCompileCache?.(fileURLToPath(new URL('../../../node_modules/.cache/rankforge', import.meta.url)));

const { main } = await import('../dist/main.js');
await main(process.argv);
