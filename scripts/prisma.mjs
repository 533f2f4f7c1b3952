#!/usr/bin/env node
/**
 * The `prisma` command line, unchanged, with the schema engine from npm where its own is neither set nor downloaded:
 * `node scripts/prisma.mjs migrate status`.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { prismaEnvironment } from './lib/prisma.mjs';
import { root } from './lib/root.mjs';

const prisma = join(root, 'node_modules/prisma/build/index.js');
const { status } = spawnSync(process.execPath, [prisma, ...process.argv.slice(2)], {
  stdio: 'inherit',
  cwd: root,
  env: prismaEnvironment(),
});
process.exitCode = status ?? 1;
