import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { infraDirectory } from './support/render.js';

const root = join(infraDirectory, '..');
/** The page is one bundle: what it imports is needed where it is built alone. */
const packages = ['libs', 'apps']
  .flatMap((parent) => readdirSync(join(root, parent)).map((name) => `${parent}/${name}`))
  .filter((folder) => folder !== 'apps/dashboard');

/** Packages that the sources of one load when they run: `import type` and `typeof import` are gone by then. */
function loadedBy(folder: string): string[] {
  const statement =
    /^(?:import|export)\s+(?!type\b)(?:[^;'"]*?\sfrom\s+)?'([^']+)'|(?<!typeof )\bimport\('([^']+)'\)/gm;
  const sources = readdirSync(join(root, folder, 'src'), { recursive: true, encoding: 'utf8' });
  const named = sources
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [...readFileSync(join(root, folder, 'src', file), 'utf8').matchAll(statement)])
    .map((match) => match[1] ?? match[2]!)
    .filter((name) => !/^[./]|^node:/.test(name))
    .map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)![0]);
  return [...new Set(named)].sort();
}

describe('package.json', () => {
  test.each(packages)('%s declares what it loads when it runs, so that it can be installed alone', (folder) => {
    const own = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Record<string, unknown>;
    const declared = new Set([
      own.name,
      ...['dependencies', 'optionalDependencies'].flatMap((kind) => Object.keys(own[kind] ?? {})),
    ]);
    expect(loadedBy(folder).filter((name) => !declared.has(name))).toEqual([]);
  });

  // In the one file of a program a library's imports are looked up from the program's folder.
  test('every library and program gets the version of a package that the root has', () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: object };
    const own = Object.keys(lock.packages).filter((path) => /^(libs|apps)\/[^/]+\/node_modules\//.test(path));
    expect(own).toEqual([]);
  });
});
