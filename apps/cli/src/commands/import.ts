import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PublishedResult, PublishedResult as PublishedResultSchema } from '@rankforge/contracts';
import type { Command } from 'commander';
import type { ApiClient } from '../api/client.js';
import { CommandError, exitCode } from '../exit-codes.js';
import { print } from '../output/print.js';
import { clientOf, optionsOf } from './options.js';

type Imported = { file: string } & ({ result: PublishedResult } | { refused: string });

export function addImportCommands(program: Command): void {
  const group = program.command('import').description('Bring in what others published');

  group
    .command('peft-results')
    .description('Put the result files (*.json) of peft’s method comparison on a board of their own')
    .argument('<dir>')
    .action(async (dir: string, _: unknown, command: Command) => {
      const client = await clientOf(command);
      const imported: Imported[] = [];
      for (const file of await resultFiles(dir)) imported.push(await importResult(client, dir, file));
      print(optionsOf(command), imported, () => describe(imported));
      if (imported.some((one) => 'refused' in one)) process.exitCode = exitCode.refused;
    });
}

async function resultFiles(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch((cause: NodeJS.ErrnoException) => {
    throw new CommandError(`${dir} cannot be read (${cause.code})`, exitCode.usage, { cause });
  });
  const files = names.filter((name) => name.endsWith('.json')).sort();
  if (files.length === 0) throw new CommandError(`${dir} holds no *.json`, exitCode.usage);
  return files;
}

/** A file that is refused does not stop the others. */
async function importResult(client: ApiClient, dir: string, file: string): Promise<Imported> {
  try {
    const text = await readFile(join(dir, file), 'utf8');
    return { file, result: await client.post('/v1/published-results', PublishedResultSchema, JSON.parse(text)) };
  } catch (error) {
    if (error instanceof SyntaxError) return { file, refused: `not JSON: ${error.message}` };
    if (error instanceof CommandError && error.status === exitCode.refused) return { file, refused: error.message };
    throw error;
  }
}

function describe(imported: readonly Imported[]): string {
  const results = imported.flatMap((one) => ('result' in one ? [one.result] : []));
  const known = results.filter((result) => result.known).length;
  const boards = new Set(results.map(({ task, base }) => `rankforge leaderboard --task ${task} --base ${base}`));
  return [
    ...imported.flatMap((one) => ('refused' in one ? [`${one.file}: ${one.refused}`] : [])),
    `${results.length} of ${imported.length} files on the board${known ? `, ${known} of them known already` : ''}`,
    ...boards,
  ].join('\n');
}
