import { PaperClaimList, verdictText } from '@rankforge/contracts';
import { type Command, Option } from 'commander';
import { print } from '../output/print.js';
import { table } from '../output/table.js';
import { clientOf, optionsOf } from './options.js';

export function addPaperClaimsCommand(program: Command): void {
  program
    .command('paper-claims')
    .description('What papers say of methods and optimizers, and whether what was measured here agrees')
    .addOption(new Option('--format <format>').choices(['table', 'markdown']).default('table'))
    .action(async (_: unknown, command: Command) => {
      const options = optionsOf<{ format: 'table' | 'markdown' }>(command);
      const client = await clientOf(command);
      if (options.format === 'markdown') {
        process.stdout.write(await client.text('/v1/paper-claims', 'text/markdown'));
        return;
      }
      const list = await client.get('/v1/paper-claims', PaperClaimList);
      print(options, list, () => paperClaimsTable(list));
    });
}

function paperClaimsTable({ paperClaims, without }: PaperClaimList): string {
  const rows = table(paperClaims, [
    { title: 'of', value: ({ name }) => name },
    { title: 'verdict', value: (one) => (one.compare ? verdictText(one) : `${one.verdict} (cannot be told here)`) },
    { title: 'boards', right: true, value: ({ evidence }) => evidence.length },
    { title: 'paper claim', value: ({ text }) => text },
    { title: 'source', value: ({ source }) => source },
  ]);
  return [rows, ...(without.length > 0 ? [`nothing verified of ${without.join(', ')}`] : [])].join('\n');
}
