import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateSweep } from '@rankforge/contracts';
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

interface Fields {
  properties: Record<string, { default?: unknown }>;
  required?: string[];
}

type Definition = { $ref?: string; items?: Definition } & Partial<Fields>;

const schema = z.toJSONSchema(CreateSweep, { io: 'input', unrepresentable: 'any' }) as Definition & {
  $defs: Record<string, Definition>;
};
let page: string;

beforeAll(async () => {
  page = await readFile(join(import.meta.dirname, '../../docs/sweeps.md'), 'utf8');
});

const resolved = (definition: Definition): Fields =>
  (definition.$ref ? schema.$defs[definition.$ref.split('/').at(-1)!] : definition) as Fields;

const request = resolved(schema);

/** The first two cells of the rows under a heading: a field, and its default. */
function rowsUnder(heading: string): [string, string][] {
  const [, after = ''] = page.split(`\n### ${heading}\n`);
  const section = after.split('\n### ')[0]!;
  return [...section.matchAll(/^\| `(\w+)` +\| (.*?) +\|/gm)].map(([, name, usual]) => [name!, usual!.trim()]);
}

test.each([
  { heading: 'The request', fields: request },
  { heading: 'A method', fields: resolved((request.properties.methods as Definition).items!) },
  { heading: '`training`', fields: resolved(request.properties.training as Definition) },
])('docs/sweeps.md has every field under "$heading", with the default of the schema', ({ heading, fields }) => {
  const rows = rowsUnder(heading);
  expect(rows.map(([name]) => name)).toEqual(Object.keys(fields.properties));
  const usual = new Map(rows);
  for (const [name, { default: value }] of Object.entries(fields.properties)) {
    if (value !== undefined) expect(usual.get(name), name).toBe(`\`${JSON.stringify(value)}\``);
    expect(usual.get(name) === 'needed', name).toBe(fields.required?.includes(name) ?? false);
  }
});
