import { Button, Group, MultiSelect, Paper, Stack, Table, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type WebhookEvent, type WebhookView, webhookEvents } from '@rankforge/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { DeleteButton } from '../../components/delete-button.js';
import { QueryView } from '../../components/query-view.js';
import { Ago } from '../../components/time.js';
import {
  createWebhook,
  deleteWebhook,
  deliveriesQuery,
  retryDead,
  testWebhook,
  webhooksQuery,
} from '../../lib/api/access.js';
import { mistakeOf } from '../../lib/api/client.js';
import { showSecret } from './shown-secrets.js';
import { useChange } from './use-change.js';

/** Addresses that the project tells of what happens, and what became of each delivery. */
export function Webhooks() {
  const query = useQuery(webhooksQuery);
  return (
    <Stack>
      <NewWebhook />
      <QueryView query={query} label="webhooks">
        {(webhooks) => (
          <>
            {webhooks.map((webhook) => (
              <Card key={webhook.id} webhook={webhook} />
            ))}
          </>
        )}
      </QueryView>
    </Stack>
  );
}

function Card({ webhook: { id, url, events, pending, dead } }: { webhook: WebhookView }) {
  const test = useChange(() => testWebhook(id), ['webhooks']);
  const retry = useChange(() => retryDead(id), ['webhooks']);
  const remove = useChange(() => deleteWebhook(id), ['webhooks'], { exact: true });
  const tell = () =>
    test.mutate(undefined, {
      onSuccess: ({ state, status, error }) =>
        notifications.show(
          state === 'DELIVERED'
            ? { color: 'green', title: 'Delivered', message: `Answered with ${status}` }
            : { color: 'red', title: 'Not delivered', message: error ?? 'No answer' },
        ),
    });
  return (
    <Paper p="md" component="section" aria-label={`Webhook ${url}`}>
      <Group justify="space-between" mb="sm">
        <div style={{ minWidth: 0 }}>
          <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
            {url}
          </Text>
          <Text size="sm" c="dimmed">
            {events.join(', ')} · {pending} waiting · {dead} given up
          </Text>
        </div>
        <Group gap="xs">
          <Button size="xs" variant="default" loading={test.isPending} onClick={tell}>
            Send test
          </Button>
          {dead > 0 ? (
            <Button size="xs" variant="default" loading={retry.isPending} onClick={() => retry.mutate(undefined)}>
              Retry given up
            </Button>
          ) : null}
          <DeleteButton name={url} compact removal={{ ...remove, mutate: () => remove.mutate(undefined) }}>
            Nothing is sent there any more, what waits included, and its signing secret is lost.
          </DeleteButton>
        </Group>
      </Group>
      <Deliveries id={id} />
    </Paper>
  );
}

function Deliveries({ id }: { id: string }) {
  const query = useQuery(deliveriesQuery(id));
  return (
    <QueryView query={query} label="deliveries">
      {(deliveries) =>
        deliveries.length === 0 ? (
          <Text size="sm" c="dimmed">
            Nothing was sent yet.
          </Text>
        ) : (
          <Table aria-label="Deliveries">
            <Table.Tbody>
              {deliveries.slice(0, 10).map((delivery) => (
                <Table.Tr key={delivery.id}>
                  <Table.Td>{delivery.type}</Table.Td>
                  <Table.Td>{delivery.state === 'DEAD' ? 'given up' : delivery.state.toLowerCase()}</Table.Td>
                  <Table.Td>
                    {delivery.attempts} {delivery.attempts === 1 ? 'attempt' : 'attempts'}
                  </Table.Td>
                  <Table.Td>{delivery.error ?? delivery.status ?? '–'}</Table.Td>
                  <Table.Td>
                    <Ago at={delivery.createdAt} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )
      }
    </QueryView>
  );
}

function NewWebhook() {
  const [url, setUrl] = useState('');
  const [events, setEvents] = useState<WebhookEvent[]>([...webhookEvents]);
  const create = useChange(createWebhook, ['webhooks'], {
    beside: '/url',
    onDone: ({ secret }) => showSecret({ what: 'Signing secret', secret }),
  });
  return (
    <Paper p="md">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate({ url, events }, { onSuccess: () => setUrl((typed) => (typed === url ? '' : typed)) });
        }}
      >
        <Group align="end">
          <TextInput
            label="New webhook"
            placeholder="https://…"
            value={url}
            onChange={(event) => {
              setUrl(event.currentTarget.value);
              if (create.isError) create.reset();
            }}
            error={mistakeOf(create.error, '/url')}
            style={{ flex: '1 1 260px' }}
          />
          <MultiSelect
            label="Events"
            data={[...webhookEvents]}
            value={events}
            onChange={(chosen) => setEvents(webhookEvents.filter((event) => chosen.includes(event)))}
            style={{ flex: '2 1 320px' }}
          />
          <Button type="submit" loading={create.isPending} disabled={url === '' || events.length === 0}>
            Add
          </Button>
        </Group>
      </form>
    </Paper>
  );
}
