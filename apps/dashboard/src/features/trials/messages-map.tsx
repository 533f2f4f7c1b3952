import { Stack, Text, Title } from '@mantine/core';
import type { FederationReport } from '@rankforge/contracts';
import { useMemo } from 'react';
import { ShadeMap } from '../../components/chart/shade-map.js';
import { formatBytes, formatInteger } from '../../lib/format.js';
import { messageRows } from './messages.js';

/** Clients by rounds, coloured by what each sent. Nothing where nobody sends anything. */
export function MessagesMap({ report }: { report: FederationReport }) {
  const rows = useMemo(() => messageRows(report), [report]);
  if (rows.length === 0) return null;
  const most = Math.max(1, ...rows.flatMap(({ cells }) => cells.map(({ value }) => value)));
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
      {left > 0 ? (
        <Text size="sm" c="dimmed">
          {formatInteger(left)} further clients are in the table alone.
        </Text>
      ) : null}
    </Stack>
  );
}
