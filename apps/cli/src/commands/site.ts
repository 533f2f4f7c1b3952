import { DatasetFormat, DatasetSplit, datasetFormats, formatOfFile } from '@rankforge/contracts';
import { type Command, Option } from 'commander';
import { CommandError, exitCode } from '../exit-codes.js';
import { datasetReport } from '../output/dataset-tables.js';
import { say } from '../output/print.js';
import { anyNumber, checked, optionPlace, optionsOf } from './options.js';

interface PrepareOptions {
  file: string;
  out: string;
  format?: DatasetFormat;
  objective: string;
  text: string;
  label: string;
  classes: string;
  splitColumn?: string;
  validation?: number;
  test?: number;
  skipEmpty?: boolean;
}

const tables = datasetFormats.filter((format) => ['csv', 'tsv', 'jsonl', 'parquet'].includes(format));

const prepareHelp = `
Run it where the worker of the site runs; it asks no API and sends nothing. The secret by which the site masks its messages lies beside the
file, as FILE.key; the card tells the public key. Then RANKFORGE_HOLDS=PROJECT_ID/dataset:NAME/SITE=FILE tells the worker what it holds for which project (rankforge project list prints ids). The cards of all sites, one a line, make the data set: rankforge dataset add NAME --file cards.jsonl --format sites
--objective classification.`;

export function addSiteCommands(program: Command): void {
  const site = program.command('site').description('Examples that stay at a site of a federation');

  site
    .command('prepare')
    .description('Read and split the file of a site, keep it there, and print its card: name, counts, digest and key')
    .argument('<site>', 'name of the site')
    .requiredOption('--file <file>', 'file of the examples')
    .requiredOption('--out <file>', 'where the worker will read them; nothing may be there yet')
    .addOption(
      new Option('--format <format>', 'format of the file (default: from the ending of its name)').choices(tables),
    )
    .requiredOption('--objective <name>', 'what is learned, e.g. classification')
    .requiredOption('--text <column>', 'column of the text')
    .requiredOption('--label <column>', 'column of the class')
    .requiredOption('--classes <names>', 'every class of all sites in order, joined by commas')
    .addOption(
      new Option(
        '--split-column <column>',
        'column that says train, validation or test (default: by a hash of the content)',
      ).conflicts(['validation', 'test']),
    )
    .option('--validation <share>', 'share of validation when split by content (default: 0.1)', anyNumber)
    .option('--test <share>', 'share of test when split by content (default: 0.1)', anyNumber)
    .option('--skip-empty', 'leave out rows with an empty cell, and count them (default: they are refused)')
    .addHelpText('after', prepareHelp)
    .action(async (name: string, _: unknown, command: Command) => {
      const options = optionsOf<PrepareOptions>(command);
      const { file, out, objective, text, label, classes, splitColumn: column, validation, test } = options;
      const { DatasetError, prepareSite } = await import('@rankforge/tasks');
      const split = checked(
        DatasetSplit,
        column === undefined ? { by: 'hash', validation, test } : { by: 'column', column },
      );
      try {
        const { card, report } = await prepareSite(
          {
            site: name,
            source: { path: file, name: file },
            format: options.format ?? formatOf(file),
            mapping: {
              objective,
              text,
              label,
              classes: classes.split(',').map((one) => one.trim()),
            },
            split,
            skipEmpty: options.skipEmpty ?? false,
          },
          out,
        );
        say(`kept in ${out}, its secret in ${out}.key\n${datasetReport(report)}`);
        process.stdout.write(`${JSON.stringify(card)}\n`);
      } catch (cause) {
        const { code } = cause as NodeJS.ErrnoException;
        if (cause instanceof DatasetError) {
          const place = optionPlace(command);
          const lines = cause.problems.map(({ field, message }) => [place(field) ?? [], message].flat().join(': '));
          throw new CommandError(lines.join('\n  '), exitCode.refused, { cause });
        }
        if (code === 'EEXIST')
          throw new CommandError(`${out} is there already: name another file`, exitCode.usage, { cause });
        if (code === 'ENOENT')
          throw new CommandError(`${file} or the folder of ${out} is not there`, exitCode.usage, { cause });
        throw cause;
      }
    });
}

function formatOf(path: string): DatasetFormat {
  const found = formatOfFile(path);
  if (found && tables.includes(found)) return found;
  throw new CommandError(
    `${path} does not end as a table does: give --format, one of ${tables.join(', ')}`,
    exitCode.usage,
  );
}
