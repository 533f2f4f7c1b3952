import { Id, type KeyView, type Role, roles } from '@rankforge/contracts';
import { createKey, type Database, listKeys, openDatabase, revokeKey } from '@rankforge/db';
import { type Command, Option } from 'commander';
import { databaseUrl } from '../api/connection.js';
import { CommandError, exitCode } from '../exit-codes.js';
import { formatTime } from '../output/format.js';
import { print, say } from '../output/print.js';
import { table } from '../output/table.js';
import { optionsOf } from './options.js';

/** These go to the database and not through the API: whoever may write there may make the first key. */
export function addKeyCommands(program: Command): void {
  const key = program.command('key').description('API keys, in the database itself');

  key
    .command('create')
    .description('Make a key; its secret is shown once')
    .argument('<name>', 'what it is for')
    .addOption(new Option('--role <role>').choices(roles).default('submitter'))
    .action(async (name: string, _: unknown, command: Command) => {
      const options = optionsOf<{ role: Role }>(command);
      const made = await withDatabase((db) => createKey(db, { name, role: options.role }));
      if (!options.json) say(`${made.key.role} key ${made.key.id}; the secret is not shown again:`);
      print(options, made, () => made.secret);
    });

  key
    .command('list')
    .description('All keys, revoked ones included')
    .action(async (_: unknown, command: Command) => {
      const keys = await withDatabase(listKeys);
      print(optionsOf(command), { keys }, () => keyTable(keys));
    });

  key
    .command('revoke')
    .description('Revoke a key for good')
    .argument('<id>')
    .action(async (id: string, _: unknown, command: Command) => {
      if (!Id.safeParse(id).success)
        throw new CommandError(`"${id}" is not the id of a key (see key list)`, exitCode.usage);
      const revoked = await withDatabase((db) => revokeKey(db, id));
      if (!revoked) throw new CommandError(`there is no key ${id} (see key list)`, exitCode.refused);
      print(optionsOf(command), revoked, () => keyTable([revoked]));
    });
}

async function withDatabase<T>(work: (db: Database) => Promise<T>): Promise<T> {
  const db = openDatabase({ url: await databaseUrl(), poolSize: 1 });
  try {
    return await work(db);
  } catch (cause) {
    const code = (cause as { code?: string }).code;
    if (code !== 'P1001' && code !== 'ECONNREFUSED') throw cause;
    throw new CommandError(
      'the database does not answer: start it with `rankforge up`, or set DATABASE_URL.',
      exitCode.unreachable,
      {
        cause,
      },
    );
  } finally {
    await db.$disconnect();
  }
}

function keyTable(keys: readonly KeyView[]): string {
  return table(keys, [
    { title: 'id', value: (key) => key.id },
    { title: 'role', value: (key) => key.role },
    { title: 'begins with', value: (key) => key.prefix },
    { title: 'created', value: (key) => formatTime(key.createdAt) },
    { title: 'last used', value: (key) => formatTime(key.lastUsedAt) },
    { title: 'revoked', value: (key) => formatTime(key.revokedAt) },
    { title: 'name', value: (key) => key.name },
  ]);
}
