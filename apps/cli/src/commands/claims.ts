import { ClaimList } from '@rankforge/contracts';
import { type Command, Option } from 'commander';
import { print } from '../output/print.js';
import { table } from '../output/table.js';
import { clientOf, optionsOf } from './options.js';

export function addClaimsCommand(program: Command): void {
  program
    .command('claims')
    .description('What papers claim of methods and optimizers, and whether what was measured here agrees')
    .addOption(new Option('--format <format>').choices(['table', 'markdown']).default('table'))
    .action(async (_: unknown, command: Command) => {
      const options = optionsOf<{ format: 'table' | 'markdown' }>(command);
      const client = await clientOf(command);
      if (options.format === 'markdown') {
        process.stdout.write(await client.text('/v1/claims', 'text/markdown'));
        return;
      }
      const list = await client.get('/v1/claims', ClaimList);
      print(options, list, () => claimsTable(list));
    });
}

function claimsTable({ claims, without }: ClaimList): string {
  const rows = table(claims, [
    { title: 'of', value: ({ name }) => name },
    { title: 'verdict', value: ({ verdict, compare }) => (compare ? verdict : `${verdict} (cannot be told here)`) },
    { title: 'boards', right: true, value: ({ evidence }) => evidence.length },
    { title: 'claim', value: ({ text }) => text },
    { title: 'source', value: ({ source }) => source },
  ]);
  return [rows, ...(without.length > 0 ? [`nothing verified of ${without.join(', ')}`] : [])].join('\n');
}
