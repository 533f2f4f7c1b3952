import { Standings } from '@rankforge/contracts';
import type { Command } from 'commander';
import { print } from '../output/print.js';
import { standingsTable } from '../output/standings-table.js';
import { clientOf, optionsOf, positiveNumber, wholeNumber } from './options.js';

interface StandingsOptions {
  base?: string;
  budget?: number;
  maxParameters?: number;
}

export function addStandingsCommand(program: Command): void {
  program
    .command('standings')
    .description('Show who ranks best over all boards, and which differences are more than chance')
    .option('--base <base>', 'only boards on this base')
    .option('--budget <MiB>', 'choose among configurations that fit this budget', positiveNumber)
    .option('--max-parameters <n>', 'choose among configurations that train at most so many parameters', wholeNumber)
    .action(async (_: unknown, command: Command) => {
      const options = optionsOf<StandingsOptions>(command);
      const client = await clientOf(command);
      const standings = await client.get('/v1/standings', Standings, {
        params: {
          query: {
            base: options.base,
            memoryBudgetMiB: options.budget,
            maxTrainableParameters: options.maxParameters,
          },
        },
      });
      print(options, standings, () => standingsTable(standings));
    });
}
