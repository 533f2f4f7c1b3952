import { Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import type { FederationReport } from '@rankforge/contracts';
import { useMemo } from 'react';
import { ShadeMap } from '../../components/chart/shade-map.js';
import { formatBytes, formatInteger } from '../../lib/format.js';
import { messageRuns, rowsOfRuns } from './messages.js';

/** Clients by rounds, coloured by what each sent. Nothing where nobody sends anything. */
export function MessagesMap({ report }: { report: FederationReport }) {
  const clients = useMemo(() => messageRuns(report), [report]);
  const rows = useMemo(() => rowsOfRuns(clients), [clients]);
  if (rows.length === 0) return null;
  const most = clients.flatMap(({ runs }) => runs).reduce((largest, { up }) => Math.max(largest, up), 1);
  const left = report.clients.length - rows.length;
  return (
    <Stack gap={4}>
      <Title order={3}>What each client sent</Title>
      <ShadeMap
        rows={rows}
        axis="Round"
        most={most}
        named={formatBytes}
        label={`Bytes that ${rows.length} clients sent, by round`}
      />
      <VisuallyHidden>
        <table>
          <caption>Bytes that clients sent in a round</caption>
          <thead>
            <tr>
              <th scope="col">Client</th>
              <th scope="col">Rounds in which it sent</th>
              <th scope="col">Least</th>
              <th scope="col">Most</th>
            </tr>
          </thead>
          <tbody>
            {clients.map(({ name, runs }) => {
              const sent = runs.filter(({ up }) => up > 0);
              const bytes = sent.map(({ up }) => up).sort((a, b) => a - b);
              return (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{sent.reduce((sum, { from, to }) => sum + to - from, 0)}</td>
                  <td>{formatBytes(bytes[0] ?? 0)}</td>
                  <td>{formatBytes(bytes.at(-1) ?? 0)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </VisuallyHidden>
      {left > 0 ? (
        <Text size="sm" c="dimmed">
          {left === 1 ? 'One further client is' : `${formatInteger(left)} further clients are`} in the table alone.
        </Text>
      ) : null}
    </Stack>
  );
}
