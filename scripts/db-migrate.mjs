#!/usr/bin/env node
/** Applies pending migrations to DATABASE_DIRECT_URL, else DATABASE_URL. */
import './lib/node-version.mjs';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';

const url = process.env.DATABASE_DIRECT_URL || process.env.DATABASE_URL;
if (!url) {
  console.error('rankforge: set DATABASE_URL to the database to migrate (`rankforge up` migrates its own by itself).');
  process.exit(2);
}
ensureInstalled();
ensureBuilt();
const { applyMigrations, MigrationError } = await import('@rankforge/db');
try {
  const applied = await applyMigrations({ url });
  console.log(applied.length === 0 ? 'up to date' : applied.map((name) => `applied ${name}`).join('\n'));
} catch (error) {
  if (!(error instanceof MigrationError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
