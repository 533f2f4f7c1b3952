import { defineConfig } from 'prisma/config';

export default defineConfig({
  experimental: { externalTables: true },
  // Only the migrations know these tables: the states a trial may go through, contracts that are served, and counts without a key.
  tables: { external: ['public.trial_transition', 'public.worker_contract', 'public.Tally'] },
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? 'postgresql://localhost:5432/rankforge' },
});
