import { Garbage } from '@rankforge/contracts';
import type { Command } from 'commander';
import { formatCount, formatMiB } from '../output/format.js';
import { print } from '../output/print.js';
import { clientOf, optionsOf } from './options.js';

export function addArtifactsCommands(program: Command): void {
  const artifacts = program
    .command('artifacts')
    .description('Look after the store of adapters, checkpoints and data sets');

  artifacts
    .command('gc')
    .description('Remove stored files that nothing refers to now; needs an admin of the whole installation')
    .option('--dry-run', 'only say how much would be removed')
    .action(async (_: unknown, command: Command) => {
      const options = optionsOf<{ dryRun?: boolean }>(command);
      const client = await clientOf(command);
      const garbage = options.dryRun
        ? await client.get('/v1/artifacts/garbage', Garbage)
        : await client.post('/v1/artifacts/collect', Garbage);
      print(options, garbage, () => describe(garbage, options.dryRun === true));
    });
}

function describe({ files, bytes, graceSeconds }: Garbage, dryRun: boolean): string {
  const what = `${formatCount(files)} file${files === 1 ? '' : 's'}, ${formatMiB(bytes)} MiB`;
  const done = dryRun ? `${what} would be removed` : `${what} removed`;
  return `${done}; what was stored within ${graceSeconds / 60} minutes is left alone`;
}
