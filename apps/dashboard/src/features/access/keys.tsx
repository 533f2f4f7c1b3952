import { Badge, Button, Group, Paper, Select, Stack, Table, Text, TextInput } from '@mantine/core';
import { type KeyView, type QuotaChange, type Role, roles } from '@rankforge/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { DeleteButton } from '../../components/delete-button.js';
import { QueryView } from '../../components/query-view.js';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { Ago } from '../../components/time.js';
import { changeKey, createKey, keysQuery, revokeKey } from '../../lib/api/access.js';
import { formatTime } from '../../lib/format.js';
import { QuotaCells, quotaHeads } from './quota-cells.js';
import { RotateButton } from './rotate-button.js';
import { showSecret } from './shown-secrets.js';
import { useChange } from './use-change.js';

/** Keys of the project: make, rotate with an overlap, revoke. */
export function Keys() {
  const query = useQuery(keysQuery);
  return (
    <Stack>
      <NewKey />
      <QueryView query={query} label="keys">
        {(keys) => (
          <ScrollFrame label="Keys" keepLast>
            <Table miw={1000} aria-label="Keys">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Name</Table.Th>
                  <Table.Th>Role</Table.Th>
                  <Table.Th>Project</Table.Th>
                  {quotaHeads.map((head) => (
                    <Table.Th key={head}>{head}</Table.Th>
                  ))}
                  <Table.Th>Last used</Table.Th>
                  <Table.Th>Ends</Table.Th>
                  <Table.Th>Actions</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {keys.map((key) => (
                  <Row key={key.id} apiKey={key} />
                ))}
              </Table.Tbody>
            </Table>
          </ScrollFrame>
        )}
      </QueryView>
    </Stack>
  );
}

function Row({ apiKey }: { apiKey: KeyView }) {
  const { name, prefix, role, project, lastUsedAt, expiresAt, previousEndsAt, revokedAt } = apiKey;
  const revoke = useChange(() => revokeKey(apiKey), ['keys']);
  const change = useChange((quotas: QuotaChange) => changeKey(apiKey, quotas), ['keys']);
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm" fw={600}>
          {name}
        </Text>
        <Text size="xs" c="dimmed" className="rf-mono">
          {prefix}…
        </Text>
      </Table.Td>
      <Table.Td>{role}</Table.Td>
      <Table.Td>{project?.name ?? 'the whole installation'}</Table.Td>
      <QuotaCells
        name={name}
        quotas={apiKey.quotas}
        usage={apiKey.usage}
        onChange={revokedAt ? undefined : change.mutate}
        underWay={change.isPending ? change.variables : undefined}
      />
      <Table.Td>{lastUsedAt ? <Ago at={lastUsedAt} /> : 'never'}</Table.Td>
      <Table.Td>
        {expiresAt ? formatTime(expiresAt) : 'never'}
        {previousEndsAt && Date.parse(previousEndsAt) > Date.now() ? (
          <Text size="xs" c="dimmed">
            old secret until {formatTime(previousEndsAt)}
          </Text>
        ) : null}
      </Table.Td>
      <Table.Td>
        {revokedAt ? (
          <Badge color="gray">revoked</Badge>
        ) : (
          <Group gap="xs" wrap="nowrap">
            <RotateButton apiKey={apiKey} />
            <DeleteButton
              name={name}
              verb="Revoke"
              compact
              removal={{ ...revoke, mutate: () => revoke.mutate(undefined) }}
            >
              Whatever uses this key is refused from then on, and it cannot be brought back.
            </DeleteButton>
          </Group>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function NewKey() {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('submitter');
  const create = useChange(createKey, ['keys'], {
    onDone: ({ secret }, made) => showSecret({ what: `Secret of ${made.name}`, secret }),
  });
  return (
    <Paper p="md">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate({ name, role }, { onSuccess: () => setName((typed) => (typed === name ? '' : typed)) });
        }}
      >
        <Group align="end">
          <TextInput label="New key" value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <Select
            label="Role"
            data={[...roles]}
            value={role}
            onChange={(value) => setRole(roles.find((one) => one === value) ?? role)}
            allowDeselect={false}
          />
          <Button type="submit" loading={create.isPending} disabled={name.trim() === ''}>
            Make key
          </Button>
        </Group>
      </form>
    </Paper>
  );
}
