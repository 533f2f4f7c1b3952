import { Stack, Table, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { MoreButton } from '../../components/more-button.js';
import { QueryView } from '../../components/query-view.js';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { auditQuery } from '../../lib/api/access.js';
import { formatTime } from '../../lib/format.js';

/** Who did what, newest first. */
export function AuditTrail() {
  const query = useInfiniteQuery(auditQuery);
  return (
    <QueryView query={query} label="audit trail">
      {({ pages }) => (
        <Stack align="flex-start">
          <ScrollFrame label="Audit trail">
            <Table miw={820} aria-label="Audit trail">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>When</Table.Th>
                  <Table.Th>Project</Table.Th>
                  <Table.Th>Who</Table.Th>
                  <Table.Th>Did</Table.Th>
                  <Table.Th>To</Table.Th>
                  <Table.Th>From</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {pages
                  .flatMap(({ items }) => items)
                  .map((entry) => (
                    <Table.Tr key={entry.id}>
                      <Table.Td className="rf-numbers">{formatTime(entry.at)}</Table.Td>
                      <Table.Td>{entry.project?.name ?? '–'}</Table.Td>
                      <Table.Td>{entry.actor}</Table.Td>
                      <Table.Td>{entry.action}</Table.Td>
                      <Table.Td>
                        {typeof entry.detail.name === 'string' ? entry.detail.name : null}
                        <Text size="xs" c="dimmed" className="rf-mono">
                          {entry.subject}
                        </Text>
                      </Table.Td>
                      <Table.Td>{entry.address ?? '–'}</Table.Td>
                    </Table.Tr>
                  ))}
              </Table.Tbody>
            </Table>
          </ScrollFrame>
          <MoreButton query={query}>Older entries</MoreButton>
        </Stack>
      )}
    </QueryView>
  );
}
