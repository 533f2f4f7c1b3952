/** @file Nobody but an objective's own file asks for its name: what others need is in its record. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { objectiveNames } from '@rankforge/peft';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const room = 'libs/peft/src/objectives/';
const places = ['apps', 'libs'].flatMap((kind) => readdirSync(join(root, kind)).map((name) => `${kind}/${name}/src`));
const sources = places.flatMap((place) =>
  readdirSync(join(root, place), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.includes('generated'))
    .map((name) => `${place}/${name}`),
);

/** Lines of a source in which a name stands as a text or as a key. */
function mentions(source: string, name: string): string[] {
  const quoted = new RegExp(`['"\`]${name}['"\`]`);
  const key = new RegExp(`^\\s*${name}: (?!z\\b)`);
  return readFileSync(join(root, source), 'utf8')
    .split('\n')
    .filter((line) => quoted.test(line) || (key.test(line) && !/^\s*\*/.test(line)));
}

/** A record may say what it is for: a task, a public data set, data that proves an engine. Problems of transformers have names of ours. */
const isStated = (line: string, name: string) =>
  new RegExp(`\\b(objective: '${name}',|problem_type: '${name}')`).test(line);

it('is named in its room, and elsewhere only by data that says what it is for', () => {
  expect(sources.length).toBeGreaterThan(500);
  const elsewhere = sources.filter((source) => !source.startsWith(room));
  const found = elsewhere.flatMap((source) =>
    objectiveNames.flatMap((name) =>
      mentions(source, name)
        .filter((line) => !isStated(line, name))
        .map((line) => `${source}: ${line.trim()}`),
    ),
  );
  expect(found).toEqual([]);
});

it('has a file by its name, which is known to the registry alone', () => {
  const files = sources.filter((source) => source.startsWith(room));
  for (const name of objectiveNames) {
    expect(files).toContain(`${room}${name}.ts`);
    expect(files.filter((source) => mentions(source, name).length > 0)).toEqual([`${room}${name}.ts`]);
    const importing = sources.filter((source) =>
      readFileSync(join(root, source), 'utf8').includes(
        source.startsWith(room) ? `'./${name}.js'` : `objectives/${name}.js'`,
      ),
    );
    expect(importing, `files that import ${name}.ts`).toEqual([`${room}registry.ts`]);
  }
});
