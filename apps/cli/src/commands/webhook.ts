import {
  type CreateWebhook,
  DeliveryPage,
  DeliveryView as DeliverySchema,
  type DeliveryView,
  RetriedDeliveries,
  WebhookList,
  type WebhookView,
  WebhookWithSecret,
  webhookEvents,
} from '@rankforge/contracts';
import { type Command, Option } from 'commander';
import { exitCode } from '../exit-codes.js';
import { formatTime } from '../output/format.js';
import { print, say, sayMore } from '../output/print.js';
import { table } from '../output/table.js';
import { clientOf, cursorOption, optionsOf, wholeNumber } from './options.js';

export function addWebhookCommands(program: Command): void {
  const webhook = program.command('webhook').description('Manage the addresses that a project tells what happens');

  webhook
    .command('list')
    .description('List webhooks, and how many of their deliveries wait or were given up')
    .action(async (_: unknown, command: Command) => {
      const list = await (await clientOf(command)).get('/v1/webhooks', WebhookList);
      print(optionsOf(command), list, () => webhookTable(list.webhooks));
    });

  webhook
    .command('create')
    .description('Add a webhook; the secret that checks its signatures is shown once')
    .argument('<url>', 'address that receives the deliveries')
    .addOption(
      new Option('--events <events...>', 'events it is told about').choices(webhookEvents).default([...webhookEvents]),
    )
    .action(async (url: string, _: unknown, command: Command) => {
      const { events, ...options } = optionsOf<{ events: CreateWebhook['events'] }>(command);
      const made = await (await clientOf(command)).post('/v1/webhooks', WebhookWithSecret, { body: { url, events } });
      if (!options.json) say(`webhook ${made.webhook.id}; the secret is not shown again:`);
      print(options, made, () => made.secret);
    });

  webhook
    .command('test')
    .description('Send a signed test message now; exit status 4 when it was not delivered')
    .argument('<id>', 'id of the webhook')
    .action(async (id: string, _: unknown, command: Command) => {
      const delivery = await (await clientOf(command)).post('/v1/webhooks/{id}/test', DeliverySchema, of(id));
      print(optionsOf(command), delivery, () => deliveryTable([delivery]));
      if (delivery.state !== 'DELIVERED') process.exitCode = exitCode.unreachable;
    });

  webhook
    .command('deliveries')
    .description('List what was sent and how it was answered, newest first')
    .argument('<id>', 'id of the webhook')
    .option('--limit <n>', 'deliveries on a page', wholeNumber, 50)
    .addOption(cursorOption())
    .action(async (id: string, _: unknown, command: Command) => {
      const { limit, cursor, ...options } = optionsOf<{ limit: number; cursor?: string }>(command);
      const page = await (await clientOf(command)).get('/v1/webhooks/{id}/deliveries', DeliveryPage, {
        params: { path: { id }, query: { limit, cursor } },
      });
      print(options, page, () => deliveryTable(page.items));
      sayMore(options, page);
    });

  webhook
    .command('retry-dead')
    .description('Try deliveries again that were given up')
    .argument('<id>', 'id of the webhook')
    .action(async (id: string, _: unknown, command: Command) => {
      const done = await (await clientOf(command)).post('/v1/webhooks/{id}/retry-dead', RetriedDeliveries, of(id));
      print(optionsOf(command), done, () => `${done.retried} deliveries are tried again`);
    });

  webhook
    .command('delete')
    .description('Delete a webhook and its deliveries')
    .argument('<id>', 'id of the webhook')
    .action(async (id: string, _: unknown, command: Command) => {
      await (await clientOf(command)).remove('/v1/webhooks/{id}', of(id));
      print(optionsOf(command), { deleted: id }, () => `deleted ${id}`);
    });
}

const of = (id: string) => ({ params: { path: { id } } });

function webhookTable(webhooks: readonly WebhookView[]): string {
  return table(webhooks, [
    { title: 'id', value: ({ id }) => id },
    { title: 'url', value: ({ url }) => url },
    { title: 'events', value: ({ events }) => events.join(', ') },
    { title: 'waiting', value: ({ pending }) => pending, right: true },
    { title: 'given up', value: ({ dead }) => dead, right: true },
  ]);
}

function deliveryTable(deliveries: readonly DeliveryView[]): string {
  return table(deliveries, [
    { title: 'id', value: ({ id }) => id },
    { title: 'type', value: ({ type }) => type },
    { title: 'state', value: ({ state }) => state },
    { title: 'attempts', value: ({ attempts }) => attempts, right: true },
    { title: 'answer', value: ({ status, error }) => error ?? status ?? '–' },
    { title: 'next', value: ({ state, dueAt }) => (state === 'PENDING' ? formatTime(dueAt) : '–') },
    { title: 'created', value: ({ createdAt }) => formatTime(createdAt) },
  ]);
}
