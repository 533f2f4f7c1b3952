import { text } from 'node:stream/consumers';
import { type ChangeSweep, printable, SweepActionResult, SweepDetail, SweepTagList } from '@rankforge/contracts';
import type { Command } from 'commander';
import { print } from '../output/print.js';
import { table } from '../output/table.js';
import { clientOf, optionsOf } from './options.js';
import { printResult } from './sweep-table.js';

/** Adds `rename`, `tag`, `tags` and `note` to the commands of sweeps. */
export function addSweepLabels(sweep: Command): void {
  sweep
    .command('rename')
    .description('Give a sweep another name')
    .argument('<id>', 'id of the sweep')
    .argument('<name>', 'its name from now on')
    .action((id: string, name: string, _: unknown, command: Command) => change(command, id, { name }));

  sweep
    .command('tag')
    .description('Add tags to a sweep or take some away; without any, print those that it has')
    .argument('<id>', 'id of the sweep')
    .argument('[tags...]', 'tags to add; capitals are written small')
    .option('--remove <tags...>', 'tags to take away')
    .action(async (id: string, addTags: string[], _: unknown, command: Command) => {
      const { remove: removeTags = [] } = optionsOf<{ remove?: string[] }>(command);
      if (addTags.length + removeTags.length > 0) return change(command, id, { addTags, removeTags });
      const { tags } = await read(command, id);
      print(optionsOf(command), tags, () => tags.join('\n'));
    });

  sweep
    .command('note')
    .description('Write a note about a sweep; without a text, print the one that it has')
    .argument('<id>', 'id of the sweep')
    .argument('[text]', 'in the place of its present note; "": none; -: standard input')
    .action(async (id: string, note: string | undefined, _: unknown, command: Command) => {
      if (note !== undefined) return change(command, id, { note: note === '-' ? await text(process.stdin) : note });
      const { note: present } = await read(command, id);
      print(optionsOf(command), present, () => printable(present ?? ''));
    });

  sweep
    .command('tags')
    .description('List the tags of all sweeps, the most used ones first')
    .action(async (_: unknown, command: Command) => {
      const list = await (await clientOf(command)).get('/v1/sweeps/tags', SweepTagList);
      print(optionsOf(command), list, () =>
        table(list.tags, [
          { title: 'sweeps', right: true, value: ({ sweeps }) => sweeps },
          { title: 'tag', value: ({ tag }) => tag },
        ]),
      );
    });
}

async function change(command: Command, id: string, body: ChangeSweep): Promise<void> {
  const client = await clientOf(command);
  printResult(command, await client.patch('/v1/sweeps/{id}', SweepActionResult, { params: { path: { id } }, body }));
}

async function read(command: Command, id: string): Promise<SweepDetail> {
  return (await clientOf(command)).get('/v1/sweeps/{id}', SweepDetail, { params: { path: { id } } });
}
