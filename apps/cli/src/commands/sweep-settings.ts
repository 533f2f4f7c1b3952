import { csv, SweepSettings, settingsExportColumns, settingsExportRows } from '@rankforge/contracts';
import type { Command } from 'commander';
import { print } from '../output/print.js';
import { settingsText } from '../output/settings-table.js';
import { clientOf, fileFormat, formatOption, optionsOf, wholeAboveZero } from './options.js';

interface SettingsOptions {
  steps?: number;
  format: 'table' | 'csv';
}

/** Adds `settings` to the commands of sweeps. */
export function addSweepSettingsCommand(sweep: Command): void {
  sweep
    .command('settings')
    .description('Show what each setting did to the validation score, which mattered, and what lies on an edge')
    .argument('<id>', 'id of the sweep')
    .option(
      '--steps <n>',
      'of trainings that a scheduler ended at this step (default: of whole trainings)',
      wholeAboveZero,
    )
    .addOption(formatOption(['csv']))
    .action(async (id: string, _: unknown, command: Command) => {
      const options = optionsOf<SettingsOptions>(command);
      const format = fileFormat(options);
      const client = await clientOf(command);
      const params = { path: { id }, query: { steps: options.steps } };
      const settings = await client.get('/v1/sweeps/{id}/settings', SweepSettings, { params });
      if (format === undefined) print(options, settings, () => settingsText(settings));
      else process.stdout.write(csv(settingsExportRows(settings), settingsExportColumns(settings)));
    });
}
