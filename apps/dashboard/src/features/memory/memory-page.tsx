import { Badge, Paper, Stack, Table, Text, Title } from '@mantine/core';
import type { MemoryAccuracy } from '@rankforge/contracts';
import { IconRulerMeasure } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Empty } from '../../components/feedback.js';
import { Page } from '../../components/page.js';
import { QueryView } from '../../components/query-view.js';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { memoryAccuracyQuery } from '../../lib/api/memory.js';
import { formatInteger } from '../../lib/format.js';
import { AccuracyChart } from './accuracy-chart.js';
import { formatOff } from './off.js';

export function MemoryPage() {
  const query = useQuery(memoryAccuracyQuery);
  return (
    <Page title="Memory" description="The measured peak of each training, against the prediction made before it ran.">
      <QueryView query={query} label="memory accuracy">
        {(accuracy) =>
          accuracy.rows.length === 0 ? (
            <Paper>
              <Empty icon={IconRulerMeasure} title="Nothing measured yet">
                Each training that ends adds its measured peak.
              </Empty>
            </Paper>
          ) : (
            <Accuracy accuracy={accuracy} />
          )
        }
      </QueryView>
    </Page>
  );
}

function Accuracy({ accuracy }: { accuracy: MemoryAccuracy }) {
  return (
    <Stack gap="lg">
      <Paper>
        <Stack gap="xs">
          <Title order={2}>Measured / predicted</Title>
          <AccuracyChart accuracy={accuracy} />
          <Text size="sm" c="dimmed">
            Dots are medians, whiskers reach from the smallest to the largest training. A median outside the grey band
            of ±{accuracy.tolerance * 100} % raises an alert.
          </Text>
        </Stack>
      </Paper>
      <ScrollFrame label="Memory accuracy">
        <Table miw={640} horizontalSpacing={10} highlightOnHover aria-label="Memory accuracy">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Method</Table.Th>
              <Table.Th>Engine</Table.Th>
              <Table.Th className="rf-number">Trainings</Table.Th>
              <Table.Th className="rf-number">Smallest</Table.Th>
              <Table.Th className="rf-number">Median</Table.Th>
              <Table.Th className="rf-number">Largest</Table.Th>
              <Table.Th className="rf-number">Over budget by measure</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {accuracy.rows.map((row) => (
              <Table.Tr key={`${row.method}/${row.engine}`}>
                <Table.Td fw={600}>
                  {row.method} {row.off ? <Badge color="orange">off</Badge> : null}
                </Table.Td>
                <Table.Td>{row.engine}</Table.Td>
                <Table.Td className="rf-number">{formatInteger(row.trainings)}</Table.Td>
                <Table.Td className="rf-number">{formatOff(row.smallest)}</Table.Td>
                <Table.Td className="rf-number">{formatOff(row.median)}</Table.Td>
                <Table.Td className="rf-number">{formatOff(row.largest)}</Table.Td>
                <Table.Td className="rf-number">{formatInteger(row.overBudget)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollFrame>
    </Stack>
  );
}
