import { userInfo } from 'node:os';
import { type AuditAction, CreateKey, Id, type KeyView, type Role, RotateKey, roles } from '@rankforge/contracts';
import type { Database, Prisma } from '@rankforge/db';
import { type Command, Option } from 'commander';
import { databaseUrl } from '../api/connection.js';
import { CommandError, exitCode } from '../exit-codes.js';
import { databaseTrouble } from '../local/trouble.js';
import { formatTime } from '../output/format.js';
import { print, say } from '../output/print.js';
import { table } from '../output/table.js';
import { checked, type GlobalOptions, optionsOf, positiveNumber, wholeNumber } from './options.js';
import { type QuotaOptions, quotasOf, quotasToSet, usageColumns, withQuotaOptions } from './quota-options.js';

const dayMs = 86_400_000;

/** These go to the database and not through the API: whoever may write there may make the first key. */
export function addKeyCommands(program: Command): void {
  const key = program.command('key').description('Manage API keys, in the database itself');

  withQuotaOptions(key.command('create').description('Make a key; its secret is shown once'))
    .argument('<name>', 'what it is for')
    .addOption(new Option('--role <role>').choices(roles).default('submitter'))
    .option('--expires-in-days <days>', 'days until it expires', wholeNumber)
    .addHelpText(
      'after',
      '\nAn admin key is of the whole installation, unless --project names a project; others are of "default".',
    )
    .action(async (name: string, _: unknown, command: Command) => {
      const { role, project, expiresInDays, ...options } = optionsOf<CreateOptions>(command);
      const { quotas } = checked(CreateKey, { name, role, expiresInDays, quotas: quotasOf(options) });
      const made = await withDatabase(options, async (opened) => {
        const of = await projectOf(opened, project);
        return recorded(opened, 'key.create', (sql) =>
          opened.keys.createKey(sql, { name, role, quotas, ...of, ...endOf(expiresInDays) }),
        );
      });
      if (!options.json) say(`${made.key.role} key ${made.key.id}; the secret is not shown again:`);
      print(options, made, () => made.secret);
    });

  key
    .command('list')
    .description('List keys, revoked ones included: all, or those of --project')
    .action(async (_: unknown, command: Command) => {
      const options = optionsOf<GlobalOptions>(command);
      const keys = await withDatabase(options, async (opened) => {
        const { projectId } = await projectOf(opened, options.project);
        return opened.keys.listKeys(opened.db, projectId);
      });
      print(options, { keys }, () => keyTable(keys));
    });

  withQuotaOptions(
    key
      .command('quota')
      .description('Set quotas of a key; "none" takes one away. The quotas of its project apply too')
      .argument('<id>', 'id of the key'),
  ).action(async (id: string, _: unknown, command: Command) => {
    const options = optionsOf<QuotaOptions>(command);
    checkId(id);
    const quotas = quotasToSet(options);
    const changed = await withDatabase(options, (opened) =>
      recorded(opened, 'key.change', async (sql) => {
        const key = await opened.keys.setKeyQuotas(sql, id, quotas);
        return key && { key };
      }),
    );
    if (!changed) throw new CommandError(`there is no key ${id} (see key list)`, exitCode.refused);
    print(options, changed.key, () => keyTable([changed.key]));
  });

  key
    .command('rotate')
    .description('Give a key a new secret, shown once; the old one works until the overlap is over')
    .argument('<id>', 'id of the key')
    .option('--overlap-hours <hours>', 'hours for which both secrets work; 0 ends the old one at once', overlap, 24)
    .option('--expires-in-days <days>', 'days until the key expires', wholeNumber)
    .action(async (id: string, _: unknown, command: Command) => {
      const { overlapHours, expiresInDays, ...options } = optionsOf<RotateOptions>(command);
      checkId(id);
      checked(RotateKey, { overlapHours, expiresInDays });
      const rotated = await withDatabase(options, (opened) =>
        recorded(opened, 'key.rotate', (sql) =>
          opened.keys.rotateKey(sql, id, { overlapHours, ...endOf(expiresInDays) }),
        ),
      );
      if (!rotated) throw new CommandError(`there is no key ${id}, or it is revoked (see key list)`, exitCode.refused);
      const { previousEndsAt } = rotated.key;
      if (!options.json) {
        say(previousEndsAt ? `the old secret works until ${formatTime(previousEndsAt)}` : 'the old secret has ended');
        say('the new secret is not shown again:');
      }
      print(options, rotated, () => rotated.secret);
    });

  key
    .command('revoke')
    .description('Revoke a key for good')
    .argument('<id>', 'id of the key')
    .action(async (id: string, _: unknown, command: Command) => {
      const options = optionsOf<GlobalOptions>(command);
      checkId(id);
      const revoked = await withDatabase(options, (opened) =>
        recorded(opened, 'key.revoke', async (sql) => {
          const key = await opened.keys.revokeKey(sql, id);
          return key && { key };
        }),
      );
      if (!revoked) throw new CommandError(`there is no key ${id} (see key list)`, exitCode.refused);
      print(options, revoked.key, () => keyTable([revoked.key]));
    });
}

interface CreateOptions extends GlobalOptions, QuotaOptions {
  role: Role;
  expiresInDays?: number;
}

interface RotateOptions extends GlobalOptions {
  overlapHours: number;
  expiresInDays?: number;
}

const overlap = (text: string) => (text === '0' ? 0 : positiveNumber(text));

function endOf(days: number | undefined): { expiresAt?: Date } {
  return days === undefined ? {} : { expiresAt: new Date(Date.now() + days * dayMs) };
}

function checkId(id: string): void {
  if (!Id.safeParse(id).success)
    throw new CommandError(`"${id}" is not the id of a key (see key list)`, exitCode.usage);
}

async function projectOf({ db }: Opened, name: string | undefined): Promise<{ projectId?: string }> {
  if (name === undefined) return {};
  const project = await db.project.findUnique({ where: { name }, select: { id: true } });
  if (!project) throw new CommandError(`there is no project ${name} (see project list)`, exitCode.refused);
  return { projectId: project.id };
}

/** Does it and records it in the audit trail, or neither. */
function recorded<T extends { key: KeyView } | undefined>(
  { keys, db }: Opened,
  action: AuditAction,
  work: (sql: Prisma.TransactionClient) => Promise<T>,
): Promise<T> {
  return db.$transaction(async (sql) => {
    const done = await work(sql);
    if (!done) return done;
    const { id, name, project } = done.key;
    const actor = `command line (${userInfo().username})`;
    await keys.recordAudit(sql, { action, actor, projectId: project?.id ?? null, subject: id, detail: { name } });
    return done;
  });
}

/** The database, and what acts on it. */
interface Opened {
  keys: typeof import('@rankforge/db');
  db: Database;
}

async function withDatabase<T>(options: GlobalOptions, work: (opened: Opened) => Promise<T>): Promise<T> {
  // Loaded when it is needed: other commands start without the client of Postgres.
  const keys = await import('@rankforge/db');
  const url = await databaseUrl(options);
  const db = keys.openDatabase({ url, poolSize: 1 });
  try {
    return await work({ keys, db });
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    if (cause instanceof keys.KeyEndedError) {
      const remedy = 'name another end with --expires-in-days, or make another key';
      throw new CommandError(`the ${cause.message}; ${remedy}`, exitCode.refused, { cause });
    }
    throw (await databaseTrouble(url, cause)) ?? cause;
  } finally {
    await db.$disconnect();
  }
}

function keyTable(keys: readonly KeyView[]): string {
  return table(keys, [
    { title: 'id', value: (key) => key.id },
    { title: 'role', value: (key) => key.role },
    { title: 'project', value: (key) => key.project?.name ?? '(installation)' },
    { title: 'begins with', value: (key) => key.prefix },
    ...usageColumns,
    { title: 'created', value: (key) => formatTime(key.createdAt) },
    { title: 'last used', value: (key) => formatTime(key.lastUsedAt) },
    { title: 'ends', value: (key) => formatTime(key.expiresAt) },
    { title: 'old secret ends', value: (key) => formatTime(key.previousEndsAt) },
    { title: 'revoked', value: (key) => formatTime(key.revokedAt) },
    { title: 'name', value: (key) => key.name },
  ]);
}
