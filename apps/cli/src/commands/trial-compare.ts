import {
  comparedExport,
  comparedTrials,
  mostCompared,
  type TableFormat,
  TrialDetail,
  tableFormats,
} from '@rankforge/contracts';
import type { Command } from 'commander';
import { usage } from '../exit-codes.js';
import { comparedFormats, comparedTable } from '../output/compared-table.js';
import { print } from '../output/print.js';
import { clientOf, fileFormat, formatOption, optionsOf } from './options.js';

interface CompareOptions {
  all?: boolean;
  format: 'table' | TableFormat;
}

/** Adds `compare` to the commands of trials. */
export function addTrialCompareCommand(trial: Command): void {
  trial
    .command('compare')
    .description('Show trials side by side: the settings in which they differ, and their results')
    .argument('<ids...>', `ids of two to ${mostCompared} trials, of any sweeps of the project`)
    .option('--all', 'settings that are alike, too')
    .addOption(formatOption(tableFormats))
    .action(async (ids: string[], _: unknown, command: Command) => {
      const options = optionsOf<CompareOptions>(command);
      const format = fileFormat(options);
      const distinct = [...new Set(ids)];
      if (distinct.length < 2 || distinct.length > mostCompared) {
        throw usage(`trial compare takes two to ${mostCompared} trials, got ${distinct.length}`);
      }
      const client = await clientOf(command);
      const trials = await Promise.all(
        distinct.map((id) => client.get('/v1/trials/{id}', TrialDetail, { params: { path: { id } } })),
      );
      if (format) process.stdout.write(comparedExport(trials, format, comparedFormats));
      else print(options, { trials: distinct, rows: comparedTrials(trials) }, () => comparedTable(trials, options));
    });
}
