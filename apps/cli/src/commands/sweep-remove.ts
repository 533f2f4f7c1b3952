import { SweepRemoval } from '@rankforge/contracts';
import type { Command } from 'commander';
import { exitCode } from '../exit-codes.js';
import { formatCount, formatMiB } from '../output/format.js';
import { print } from '../output/print.js';
import { clientOf, optionsOf } from './options.js';

export function addSweepRemove(sweep: Command): void {
  sweep
    .command('remove')
    .description(
      'Remove a sweep that is over, with its trials and files; refused while another sweep or a generator stands on it (exit status 3)',
    )
    .argument('<id>', 'id of the sweep')
    .option('--dry-run', 'only say what would go, what would stay, and what stands in the way')
    .action(async (id: string, _: unknown, command: Command) => {
      const options = optionsOf<{ dryRun?: boolean }>(command);
      const client = await clientOf(command);
      const of = { params: { path: { id } } };
      const { dryRun = false } = options;
      const removal = dryRun
        ? await client.get('/v1/sweeps/{id}/removal', SweepRemoval, of)
        : await client.delete('/v1/sweeps/{id}', SweepRemoval, of);
      print(options, removal, () => removalText(removal, dryRun));
      if (removal.obstacles.length > 0) process.exitCode = exitCode.refused;
    });
}

function removalText(removal: SweepRemoval, dryRun: boolean): string {
  const { id, name, task, base, trials, keptTrials, keptFor, attempts, metricPoints, files, fileBytes, rowBytes } =
    removal;
  const verb = dryRun ? 'would be removed' : 'removed';
  return [
    `${name} (${id}) ${verb}: ${counted(trials, 'trial')}, ${counted(attempts, 'attempt')}, ${counted(metricPoints, 'metric point')}`,
    `  ${counted(files, 'file')} of ${formatMiB(fileBytes)} MiB, and about ${formatMiB(rowBytes)} MiB of rows`,
    `  its rows ${dryRun ? 'would leave' : 'leave'} the board of ${task} on ${base}`,
    ...(keptTrials > 0
      ? [
          `  ${counted(keptTrials, 'trial')} ${dryRun ? 'would stay' : 'stay'} for sweeps that took results: ` +
            (keptFor.map((sweep) => `${sweep.name} (${sweep.id})`).join(', ') ||
              'removed ones, while they are cleared'),
        ]
      : []),
    ...removal.obstacles.map(({ says }) => `  in the way: ${says}`),
  ].join('\n');
}

const counted = (n: number, what: string) => `${formatCount(n)} ${what}${n === 1 ? '' : 's'}`;
