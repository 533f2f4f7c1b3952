/** Applies the pending migrations to DATABASE_DIRECT_URL, else DATABASE_URL, and ends; safe to run from several places at once. */
import { applyMigrations } from '@rankforge/db';

const url = process.env.DATABASE_DIRECT_URL || process.env.DATABASE_URL;
if (!url) {
  console.error('DATABASE_URL is not set; expected e.g. postgresql://user:password@host:5432/rankforge');
  process.exit(2);
}
const applied = await applyMigrations({ url });
console.log(applied.length === 0 ? 'up to date' : applied.map((name) => `applied ${name}`).join('\n'));
