import { join } from 'node:path';
import { expect, test } from 'vitest';
import { boardPages } from '../docs/boards.js';
import { systemsPage } from '../docs/systems.js';

const docs = join(import.meta.dirname, '../../docs');

test('docs/systems.md is what the registries make of it (npm run infra:systems writes it)', async () => {
  await expect(systemsPage(await boardPages(docs))).toMatchFileSnapshot(join(docs, 'systems.md'));
});

test('boards have the contenders of their tables', async () => {
  const boards = new Map((await boardPages(docs)).map(({ file, contenders }) => [file, [...contenders]]));
  expect(boards.get('every-method.md')).toEqual(expect.arrayContaining(['pissa', 'lora', 'lora-plus']));
  expect(boards.get('pretraining.md')).toEqual(expect.arrayContaining(['sst', 'fira']));
  expect(boards.get('federated.md')).toEqual(expect.arrayContaining(['ffa-lora', 'fedavg']));
  expect(boards.get('generators.md')).toEqual(expect.arrayContaining(['prp', 'listwise']));
  expect(boards.has('glossary.md')).toBe(false);
});
