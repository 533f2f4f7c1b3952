import { type AuditAction, AuditPage, auditActions } from '@rankforge/contracts';
import { type Command, Option } from 'commander';
import { formatTime } from '../output/format.js';
import { print, sayMore } from '../output/print.js';
import { table } from '../output/table.js';
import { clientOf, cursorOption, optionsOf, wholeNumber } from './options.js';

interface AuditOptions {
  action?: AuditAction;
  subject?: string;
  limit: number;
  cursor?: string;
}

export function addAuditCommand(program: Command): void {
  program
    .command('audit')
    .description('List who did what, newest first')
    .addOption(new Option('--action <action>').choices(auditActions))
    .option('--subject <id>', 'only what was done to this sweep, trial, key …')
    .option('--limit <n>', 'entries on a page', wholeNumber, 50)
    .addOption(cursorOption())
    .action(async (_: unknown, command: Command) => {
      const { action, subject, limit, cursor, ...options } = optionsOf<AuditOptions>(command);
      const query = { action, subject, limit, cursor, project: options.project };
      const page = await (await clientOf(command)).get('/v1/audit', AuditPage, { params: { query } });
      print(options, page, () =>
        table(page.items, [
          { title: 'at', value: (entry) => formatTime(entry.at) },
          { title: 'project', value: (entry) => entry.project?.name ?? '–' },
          { title: 'who', value: (entry) => entry.actor },
          { title: 'did', value: (entry) => entry.action },
          { title: 'to', value: (entry) => entry.subject ?? '–' },
          { title: 'from', value: (entry) => entry.address ?? '–' },
        ]),
      );
      sayMore(options, page);
    });
}
