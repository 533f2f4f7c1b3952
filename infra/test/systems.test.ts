import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { methods, optimizers } from '@rankforge/peft';
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

test('READMEs count every method and optimizer, and docs/methods.md names each', () => {
  const [readme, library, page] = ['README.md', 'libs/peft/README.md', 'docs/methods.md'].map((file) =>
    readFileSync(join(docs, '..', file), 'utf8'),
  ) as [string, string, string];
  expect(readme).toContain(`LoRA and ${methods.length - 1} other methods, with ${optimizers.length} optimizers`);
  expect(library).toContain(`${methods.length} methods and ${optimizers.length} optimizers`);
  const tables = page.split('\n').filter((line) => line.startsWith('|'));
  const named = new Set(tables.flatMap((line) => [...line.matchAll(/`([^`]+)`/g)].map(([, name]) => name)));
  expect([...methods, ...optimizers].map(({ name }) => name).filter((name) => !named.has(name))).toEqual([]);
});
