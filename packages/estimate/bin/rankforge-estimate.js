#!/usr/bin/env node
import module from 'node:module';

// Node.js keeps from 22.8 on what it made of the program, and begins the next time with it.
module.enableCompileCache?.();

const { main } = await import('../dist/estimate.js');
await main(process.argv);
