/** @file The clients and rounds of a federated trial: who took part, what was sent, and how each client is served. */
import { SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import type { FederationReport, Scores, TrialDetail } from '@rankforge/contracts';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { formatBytes, formatInteger, formatMetric } from '../../lib/format.js';
import { MessagesMap } from './messages-map.js';

/** Nothing for a trial that is of no federation, or has not reported it yet. */
export function FederationView({ trial: { result } }: { trial: TrialDetail }) {
  if (!result) return null;
  const { federation, byClient } = result;
  return (
    <>
      {federation ? (
        <Stack gap="sm">
          <Title order={2}>Federation</Title>
          <Text size="sm" c="dimmed">
            {formatBytes(federation.bytes.up)} from clients and {formatBytes(federation.bytes.down)} to them, of which{' '}
            {formatBytes(federation.setUp.up + federation.setUp.down)} before the first round.
          </Text>
          <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
            <Clients report={federation} />
            <Rounds report={federation} />
          </SimpleGrid>
          <MessagesMap report={federation} />
        </Stack>
      ) : null}
      {byClient ? <ScoresOfClients byClient={byClient} /> : null}
    </>
  );
}

function Clients({ report: { clients, history } }: { report: FederationReport }) {
  const counted = clients.some(({ bytes }) => bytes);
  return (
    <ScrollFrame label="Clients" style={{ maxHeight: 360, overflowY: 'auto' }}>
      <Table miw={420} aria-label="Clients" stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Client</Table.Th>
            <Table.Th className="rf-number">Examples</Table.Th>
            <Table.Th className="rf-number">Rounds</Table.Th>
            {counted ? (
              <>
                <Table.Th className="rf-number">Up</Table.Th>
                <Table.Th className="rf-number">Down</Table.Th>
              </>
            ) : null}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {clients.map(({ name, examples, rounds, attacks, bytes }) => (
            <Table.Tr key={name}>
              <Table.Td>
                {name}
                {attacks ? (
                  <Text span size="xs" c="red">
                    {' '}
                    attacks
                  </Text>
                ) : null}
              </Table.Td>
              <Table.Td className="rf-number">{formatInteger(examples)}</Table.Td>
              <Table.Td className="rf-number">
                {formatInteger(rounds)} of {formatInteger(history.length)}
              </Table.Td>
              {counted ? (
                <>
                  <Table.Td className="rf-number">{bytes ? formatBytes(bytes.up) : ''}</Table.Td>
                  <Table.Td className="rf-number">{bytes ? formatBytes(bytes.down) : ''}</Table.Td>
                </>
              ) : null}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollFrame>
  );
}

function Rounds({ report: { clients, history } }: { report: FederationReport }) {
  const errs = history.some(({ aggregationError }) => aggregationError !== undefined);
  const bounds = history.some(({ epsilon }) => epsilon !== undefined);
  return (
    <ScrollFrame label="Rounds" style={{ maxHeight: 360, overflowY: 'auto' }}>
      <Table miw={420} aria-label="Rounds" stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th className="rf-number">Round</Table.Th>
            <Table.Th>Clients</Table.Th>
            <Table.Th className="rf-number">Up</Table.Th>
            <Table.Th className="rf-number">Down</Table.Th>
            {errs ? <Table.Th className="rf-number">Aggregation error</Table.Th> : null}
            {bounds ? <Table.Th className="rf-number">ε</Table.Th> : null}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {history.map(({ round, participants, lost = [], failed, bytes, aggregationError, epsilon }) => (
            <Table.Tr key={round}>
              <Table.Td className="rf-number">{round}</Table.Td>
              <Table.Td title={participants.map((place) => clients[place]?.name).join(', ')}>
                {participants.length === clients.length
                  ? 'all'
                  : participants.map((place) => clients[place]?.name).join(', ') || 'none'}
                {lost.length > 0 ? (
                  <Text span size="xs" c="red" title={failed}>
                    {' '}
                    lost: {lost.map((place) => clients[place]?.name).join(', ')}
                    {failed === undefined ? '' : '; the round failed'}
                  </Text>
                ) : null}
              </Table.Td>
              <Table.Td className="rf-number">{formatBytes(bytes.up)}</Table.Td>
              <Table.Td className="rf-number">{formatBytes(bytes.down)}</Table.Td>
              {errs ? <Table.Td className="rf-number">{formatMetric(aggregationError ?? null)}</Table.Td> : null}
              {bounds ? <Table.Td className="rf-number">{formatMetric(epsilon ?? null)}</Table.Td> : null}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollFrame>
  );
}

/** Test scores of each client, one column for each metric. */
function ScoresOfClients({ byClient }: { byClient: Readonly<Record<string, Scores>> }) {
  const metrics = [...new Set(Object.values(byClient).flatMap((scores) => Object.keys(scores)))];
  return (
    <Stack gap="sm">
      <Title order={2}>Test scores by client</Title>
      <ScrollFrame label="Test scores by client">
        <Table miw={360} aria-label="Test scores by client">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Client</Table.Th>
              {metrics.map((name) => (
                <Table.Th key={name} className="rf-number">
                  {name}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {Object.entries(byClient).map(([client, scores]) => (
              <Table.Tr key={client}>
                <Table.Td>{client}</Table.Td>
                {metrics.map((name) => (
                  <Table.Td key={name} className="rf-number">
                    {formatMetric(scores[name] ?? null)}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollFrame>
    </Stack>
  );
}
