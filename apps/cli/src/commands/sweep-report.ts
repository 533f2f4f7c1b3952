import { type ReportFormat, reportFormats } from '@rankforge/contracts';
import { type Command, Option } from 'commander';
import { fileName, saveDownload } from '../api/save-download.js';
import { print } from '../output/print.js';
import { clientOf, optionsOf } from './options.js';

interface ReportOptions {
  format: ReportFormat;
  output?: string;
}

/** Adds `report` to the commands of sweeps. */
export function addSweepReportCommand(sweep: Command): void {
  sweep
    .command('report')
    .description('Write a report of a sweep as one file, for people who have no key')
    .argument('<id>', 'id of the sweep')
    .addOption(
      new Option('--format <format>', 'html: a page that needs no other file; md: Markdown')
        .choices(reportFormats)
        .default('html'),
    )
    .option('-o, --output <file>', 'file to write (default: the name the API gives)')
    .action(async (id: string, _: unknown, command: Command) => {
      const options = optionsOf<ReportOptions>(command);
      const client = await clientOf(command);
      const params = { path: { id }, query: { format: options.format } };
      const response = await client.download('/v1/sweeps/{id}/report', { params });
      const name = options.output ?? fileName(response) ?? `report-${id}.${options.format}`;
      const written = { name, ...(await saveDownload(response, name)) };
      print(options, written, () => `${name}: ${written.bytes} bytes`);
    });
}
