/** @file Builds of the programs that differ from this one, to run beside it. */
import { cp, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Copies what was built to a folder of its own. The packages of the registry are shared by links.
 * @returns the folder; `apps/worker/dist/program.js` in it is the worker, module by module
 */
async function copyBuild(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `rankforge-${name}-`));
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, '@rankforge'), { recursive: true });
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (name !== '@rankforge') await symlink(join(root, 'node_modules', name), join(modules, name));
  }
  // The API is not ready before the migrations of its version are applied.
  await symlink(join(root, 'prisma'), join(folder, 'prisma'));
  for (const group of ['libs', 'apps']) {
    for (const name of await readdir(join(root, group))) {
      for (const part of ['package.json', 'dist']) {
        await cp(join(root, group, name, part), join(folder, group, name, part), { recursive: true });
      }
      await symlink(join(folder, group, name), join(modules, '@rankforge', name));
    }
  }
  return folder;
}

/** Changes a built file. @throws Error where nothing in it matches */
async function change(folder: string, file: string, pattern: RegExp, replacement: string): Promise<void> {
  const path = join(folder, file);
  const built = await readFile(path, 'utf8');
  const changed = built.replace(pattern, replacement);
  if (changed === built) throw new Error(`${path} has nothing that matches ${pattern}, or it is changed already`);
  await writeFile(path, changed);
}

/** A build of another contract of workers. */
export async function buildOfContract(contract: number): Promise<string> {
  const folder = await copyBuild(`contract-${contract}`);
  const constant = /^export const workerContract = \d+;/m;
  await change(folder, 'libs/contracts/dist/worker.js', constant, `export const workerContract = ${contract};`);
  return folder;
}

/** A line of a registry: what is imported from where, and what the list gets. */
export interface RegistryLine {
  /** The built file. */
  file: string;
  import: string;
  /** The end of the list. */
  after: RegExp;
  entry: string;
}

/** A build with further files of TypeScript, by the path of their source, and further lines in registries. */
export async function buildWith(files: ReadonlyMap<string, string>, lines: readonly RegistryLine[]): Promise<string> {
  const folder = await copyBuild('further');
  for (const [path, source] of files) {
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
    });
    const built = join(folder, path.replace('/src/', '/dist/').replace(/\.ts$/, '.js'));
    await mkdir(dirname(built), { recursive: true });
    await writeFile(built, outputText);
  }
  for (const { file, import: statement, after, entry } of lines) {
    await change(folder, file, after, `$&, ${entry}`);
    await change(folder, file, /^/, `${statement}\n`);
  }
  // Trainers, and threads of the API, are made of these.
  const bundler = join(root, 'node_modules/rolldown/bin/cli.mjs');
  await execa(process.execPath, [bundler, '-c', join(root, 'rolldown.config.mjs')], { cwd: folder });
  return folder;
}
