/** @file Programs that are made into one file each: when they are made anew, and how their modules find what lies beside them. */
import { cp, mkdir, mkdtemp, readFile, realpath, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { rolldown } from 'rolldown';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownAddresses } from '../../../scripts/lib/own-addresses.mjs';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'rankforge-bundles-')));
});
afterEach(() => rm(folder, { recursive: true }));

const write = async (file: string, text = '') => {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), text);
};

describe('a checkout', () => {
  const [source, compiled] = ['libs/stats/src/mean.ts', 'libs/stats/dist/.tsbuildinfo'];
  const bundler = `
    import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
    import { dirname } from 'node:path';
    import { estimates, programs } from '../../../scripts/lib/bundles.mjs';
    appendFileSync('log', 'made ');
    if (process.env.FAILS) process.exit(3);
    if (process.env.COMPILES) writeFileSync(process.env.COMPILES, '');
    for (const { file } of [...estimates, ...programs]) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, '');
    }`;

  beforeEach(async () => {
    await cp(fileURLToPath(new URL('../../../scripts/lib', import.meta.url)), join(folder, 'scripts/lib'), {
      recursive: true,
    });
    await write('node_modules/rolldown/bin/cli.mjs', bundler);
    for (const file of ['apps/api/src/main.ts', source, compiled, 'rolldown.config.mjs', 'package-lock.json'])
      await write(file);
  });

  const run = (code: string, env: Record<string, string> = {}) =>
    execa(process.execPath, ['--input-type=module', '--eval', code], { cwd: folder, env, reject: false });
  const bundle = (env?: Record<string, string>) =>
    run(`import { bundle } from './scripts/lib/build.mjs'; bundle();`, env);
  const made = async () => (await readFile(join(folder, 'log'), 'utf8')).trim().split(' ').length;
  const after = (ms: number) => new Date(Date.now() + ms);

  it('makes the files once where nothing is compiled', async () => {
    await bundle();
    await bundle();
    expect(await made()).toBe(1);
  });

  it('makes them again for a source that was saved before they were made and compiled afterwards', async () => {
    await bundle();
    await utimes(join(folder, source), after(-60_000), after(-60_000));
    await utimes(join(folder, compiled), after(1000), after(1000));
    await bundle();
    expect(await made()).toBe(2);
  });

  it('makes them again for what is compiled while they are made', async () => {
    await bundle({ COMPILES: compiled });
    await bundle();
    expect(await made()).toBe(2);
  });

  it('ends with the status of a bundler that fails, or tells a caller that goes on', async () => {
    expect(await bundle({ FAILS: '1' })).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('rankforge: bundling programs failed (exit 3)'),
    });
    const goesOn = `
      import { bundle } from './scripts/lib/build.mjs';
      import { attempt } from './scripts/lib/run.mjs';
      try { bundle(attempt); } catch (error) { console.log(error.message); }`;
    expect(await run(goesOn, { FAILS: '1' })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^bundling programs failed \(exit 3\)/),
    });
  });

  it('compiles a package again where the compiler left out a moved file', async () => {
    await write(
      'node_modules/typescript-7/bin/tsc',
      `const { appendFileSync, existsSync, writeFileSync } = require('node:fs');
      appendFileSync('log', 'made ');
      if (!existsSync('${compiled}')) for (const file of ['${compiled}', 'libs/stats/dist/mean.js']) writeFileSync(file, '');`,
    );
    const compile = () => run(`import { compile } from './scripts/lib/compile.mjs'; compile('compiling');`);
    expect(await compile()).toMatchObject({ exitCode: 0 });
    expect(await made()).toBe(2);
    await compile();
    expect(await made()).toBe(3);
  });

  it('counts as built until the settings of the bundler change', async () => {
    const isBuilt = async () =>
      (await run(`import { isBuilt } from './scripts/lib/stale.mjs'; console.log(isBuilt());`)).stdout;
    await write('node_modules/.package-lock.json');
    await write('prisma/schema.prisma');
    await write('apps/cli/dist/.built');
    await mkdir(join(folder, 'apps/cli/src'));
    await utimes(join(folder, 'apps/cli/dist/.built'), after(1000), after(1000));
    expect(await isBuilt()).toBe('true');
    await utimes(join(folder, 'scripts/lib/bundles.mjs'), after(2000), after(2000));
    expect(await isBuilt()).toBe('false');
  });
});

it('lets a module in another file find itself', async () => {
  await write(
    'libs/names/dist/place.js',
    'export const place = [import.meta.url, import.meta.dirname, import.meta.filename];',
  );
  await write(
    'apps/names/dist/main.js',
    "import { place } from '../../../libs/names/dist/place.js'; export const places = [place, import.meta.url];",
  );
  const file = join(folder, 'apps/names/dist/main.bundle.js');
  const build = await rolldown({ input: join(folder, 'apps/names/dist/main.js'), plugins: [ownAddresses(file)] });
  await build.write({ file, format: 'esm' });
  const { places } = (await import(pathToFileURL(file).href)) as { places: [string[], string] };
  const [[url, ...paths], main] = places;
  const module = join(folder, 'libs/names/dist/place.js');
  expect([url, ...paths.map((path) => join(path))]).toEqual([pathToFileURL(module).href, dirname(module), module]);
  expect(main).toBe(pathToFileURL(join(folder, 'apps/names/dist/main.js')).href);
});
