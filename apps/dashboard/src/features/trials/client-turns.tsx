/** @file Turns of the clients of a federation that are trials of their own, the last first. */
import { Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { TextLink } from '../../components/links.js';
import { QueryView } from '../../components/query-view.js';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { TrialStateBadge } from '../../components/state-badge.js';
import { trialTurnsQuery } from '../../lib/api/trials.js';
import { formatInteger, formatMetric } from '../../lib/format.js';

interface ClientTurnsProps {
  trialId: string;
  /** By place among the clients; known once the federation has ended. */
  names: readonly string[];
}

export function ClientTurns({ trialId, names }: ClientTurnsProps) {
  const query = useQuery(trialTurnsQuery(trialId));
  return (
    <Stack gap="sm">
      <Title order={2}>Turns of clients</Title>
      <QueryView query={query} label="turns">
        {({ items, nextCursor }) => (
          <ScrollFrame label="Turns of clients" style={{ maxHeight: 360, overflowY: 'auto' }}>
            <Table miw={520} aria-label="Turns of clients" stickyHeader>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Turn</Table.Th>
                  <Table.Th>State</Table.Th>
                  <Table.Th>Site</Table.Th>
                  <Table.Th className="rf-number">Loss</Table.Th>
                  <Table.Th className="rf-number">Attempts</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map(({ id, partOf, state, loss, attempts, reason }) => (
                  <Table.Tr key={id} title={reason ?? undefined}>
                    <Table.Td>
                      <TextLink to="/trials/$trialId" params={{ trialId: id }} size="sm">
                        round {formatInteger(partOf!.round)},{' '}
                        {names[partOf!.client] ?? `number ${formatInteger(partOf!.client + 1)} of the clients`}
                      </TextLink>
                    </Table.Td>
                    <Table.Td>
                      <TrialStateBadge state={state} />
                    </Table.Td>
                    <Table.Td>{partOf!.site ?? 'any'}</Table.Td>
                    <Table.Td className="rf-number">{formatMetric(loss)}</Table.Td>
                    <Table.Td className="rf-number">{formatInteger(attempts)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
            {items.length === 0 ? (
              <Text size="sm" c="dimmed">
                No round has begun.
              </Text>
            ) : null}
            {nextCursor ? (
              <Text size="sm" c="dimmed">
                Earlier turns: rankforge trial list --part-of {trialId}
              </Text>
            ) : null}
          </ScrollFrame>
        )}
      </QueryView>
    </Stack>
  );
}
