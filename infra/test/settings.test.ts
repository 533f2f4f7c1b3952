import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ApiEnvironment } from '../../apps/api/src/platform/env.js';
import { WorkerEnvironment } from '../../apps/worker/src/env.js';
import { settingsPage } from '../docs/settings.js';

test('docs/settings.md is what the schemas of the environment make of it (npm run infra:settings writes it)', async () => {
  await expect(settingsPage()).toMatchFileSnapshot(join(import.meta.dirname, '../../docs/settings.md'));
});

test('what API and workers both read has one description', () => {
  const ofWorker: Readonly<Record<string, { description?: string | undefined }>> = WorkerEnvironment.shape;
  const shared = Object.entries(ApiEnvironment.shape).filter(([name]) => name in ofWorker);
  expect(shared.map(([name]) => name)).toContain('RANKFORGE_DATA_DIR');
  const twice = shared.filter(([name, { description }]) => ofWorker[name]?.description !== description);
  expect(twice.map(([name]) => name)).toEqual([]);
});
