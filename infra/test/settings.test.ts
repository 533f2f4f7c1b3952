import { join } from 'node:path';
import { expect, test } from 'vitest';
import { settingsPage } from '../docs/settings.js';

test('docs/settings.md is what the schemas of the environment make of it (npm run infra:settings writes it)', async () => {
  await expect(settingsPage()).toMatchFileSnapshot(join(import.meta.dirname, '../../docs/settings.md'));
});
