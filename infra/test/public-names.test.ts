/** @file Public names of the library: each is one that somebody outside its sources imports. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** Names between the braces of imports or exports: those that come in, or those that leave under `as`. */
const listed = (list: string, last: boolean) =>
  list
    .split(',')
    .map((item) => item.trim().replace(/^type\s+/, ''))
    .filter((item) => item !== '')
    .map((item) =>
      item
        .split(' as ')
        .at(last ? -1 : 0)!
        .trim(),
    );

it('the index of peft exports no name that nobody outside its sources mentions', () => {
  const exported = [...read('libs/peft/src/index.ts').matchAll(/export (?:type )?\{([^}]*)\} from/g)].flatMap(
    ([, list]) => listed(list!, true),
  );
  const files = execFileSync('git', ['ls-files', '*.ts', '*.tsx', '*.mjs', '*.md'], { cwd: root, encoding: 'utf8' })
    .trim()
    .split('\n')
    .filter((file) => !file.startsWith('libs/peft/src/'));
  const imports = new Set<string>();
  const prose: string[] = [];
  for (const file of files) {
    const text = read(file);
    for (const [, list, from] of text.matchAll(/(?:import|export)\s+(?:type\s+)?\{([^}]*)\}\s+from\s+'([^']*)'/g))
      if (from === '@rankforge/peft' || (file.startsWith('libs/peft/test/') && from!.endsWith('src/index.js')))
        for (const name of listed(list!, false)) imports.add(name);
    // Scripts import the whole once it is built, and pages name what a reader calls.
    if (/^(scripts|examples|bench|packages)\/|\.md$/.test(file)) prose.push(text);
  }
  const said = new Set(prose.join('\n').match(/\w+/g));
  expect(exported.length).toBeGreaterThan(200);
  expect(exported.filter((name) => !imports.has(name) && !said.has(name))).toEqual([]);
});
