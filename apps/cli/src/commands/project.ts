import { ProjectList, ProjectView as ProjectSchema, type ProjectView } from '@rankforge/contracts';
import type { Command } from 'commander';
import type { ApiClient } from '../api/client.js';
import { CommandError, exitCode } from '../exit-codes.js';
import { formatTime } from '../output/format.js';
import { print } from '../output/print.js';
import { table } from '../output/table.js';
import { clientOf, optionsOf } from './options.js';
import { type QuotaOptions, quotasToSet, usageColumns, withQuotaOptions } from './quota-options.js';

export function addProjectCommands(program: Command): void {
  const project = program.command('project').description('Manage projects, their quotas and what they use');

  project
    .command('list')
    .description('List your project, or all projects with a key of the whole installation')
    .action(async (_: unknown, command: Command) => {
      const list = await (await clientOf(command)).get('/v1/projects', ProjectList);
      print(optionsOf(command), list, () => projectTable(list.projects));
    });

  project
    .command('create')
    .description('Make a project')
    .argument('<name>', 'name of the project')
    .action(async (name: string, _: unknown, command: Command) => {
      const made = await (await clientOf(command)).post('/v1/projects', ProjectSchema, { body: { name } });
      print(optionsOf(command), made, () => projectTable([made]));
    });

  withQuotaOptions(
    project
      .command('quota')
      .description('Set quotas of a project; "none" takes one away')
      .argument('<name>', 'name of the project'),
  ).action(async (name: string, _: unknown, command: Command) => {
    const options = optionsOf<QuotaOptions>(command);
    const quotas = quotasToSet(options);
    const client = await clientOf(command);
    const { id } = await named(client, name);
    const changed = await client.patch('/v1/projects/{id}', ProjectSchema, {
      params: { path: { id } },
      body: { quotas },
    });
    print(options, changed, () => projectTable([changed]));
  });
}

async function named(client: ApiClient, name: string): Promise<ProjectView> {
  const { projects } = await client.get('/v1/projects', ProjectList);
  const found = projects.find((project) => project.name === name);
  if (found) return found;
  throw new CommandError(`there is no project ${name} (see project list)`, exitCode.refused);
}

function projectTable(projects: readonly ProjectView[]): string {
  return table(projects, [
    { title: 'name', value: ({ name }) => name },
    ...usageColumns,
    { title: 'created', value: ({ createdAt }) => formatTime(createdAt) },
    { title: 'id', value: ({ id }) => id },
  ]);
}
