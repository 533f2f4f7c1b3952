import { defineConfig } from 'prisma/config';

export default defineConfig({
  experimental: { externalTables: true },
  // Only the migrations know this table: the states a trial may go through.
  tables: { external: ['public.trial_transition', 'public.worker_contract'] },
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? 'postgresql://localhost:5432/rankforge' },
});
