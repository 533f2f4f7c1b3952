import { StorageReport } from '@rankforge/contracts';
import type { Command } from 'commander';
import { formatMiB } from '../output/format.js';
import { print } from '../output/print.js';
import { table } from '../output/table.js';
import { clientOf, optionsOf, wholeAboveZero } from './options.js';

export function addStorageCommand(program: Command): void {
  program
    .command('storage')
    .description('Show what storage is used by: bytes by kind, by project, and the largest sweeps; needs an admin')
    .option('--sweeps <n>', 'sweeps to list, largest first', wholeAboveZero, 20)
    .action(async (_: unknown, command: Command) => {
      const options = optionsOf<{ sweeps: number }>(command);
      const { sweeps } = options;
      const report = await (await clientOf(command)).get('/v1/storage', StorageReport, {
        params: { query: { sweeps } },
      });
      print(options, report, () => storageText(report));
    });
}

interface Sizes {
  fileBytes: number;
  rowBytes: number;
}

const sizes = [
  { title: 'MiB of files', right: true, value: ({ fileBytes }: Sizes) => formatMiB(fileBytes) },
  { title: 'MiB of rows', right: true, value: ({ rowBytes }: Sizes) => formatMiB(rowBytes) },
];

function storageText({ kinds, projects, sweeps, databaseBytes, disk }: StorageReport): string {
  return [
    table(kinds, [
      { title: 'kind', value: ({ kind }) => kind },
      { title: 'MiB', right: true, value: ({ bytes }) => formatMiB(bytes) },
    ]),
    '',
    table(projects, [{ title: 'project', value: ({ name }) => name }, ...sizes]),
    '',
    table(sweeps, [
      { title: 'sweep', value: ({ id }) => id },
      { title: 'project', value: ({ project }) => project.name },
      { title: 'state', value: ({ state, removed }) => (removed ? 'removed' : state) },
      ...sizes,
      { title: 'name', value: ({ name }) => name },
    ]),
    ...(databaseBytes === null ? [] : ['', `the database takes ${formatMiB(databaseBytes)} MiB`]),
    ...(disk === null
      ? []
      : [`the disk of files has ${formatMiB(disk.freeBytes)} of ${formatMiB(disk.bytes)} MiB free`]),
  ].join('\n');
}
