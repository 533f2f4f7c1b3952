import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandLinePage } from '../docs/command-line.js';

test('docs/command-line.md is what the commands make of it (npm run infra:commands writes it)', async () => {
  await expect(await commandLinePage()).toMatchFileSnapshot(join(import.meta.dirname, '../../docs/command-line.md'));
});
