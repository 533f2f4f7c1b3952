import { Badge, Paper, Table, Text } from '@mantine/core';
import type { DatasetView } from '@rankforge/contracts';
import { IconDatabase, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Empty } from '../../components/feedback.js';
import { ButtonLink, TextLink } from '../../components/links.js';
import { Page } from '../../components/page.js';
import { QueryView } from '../../components/query-view.js';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { Ago } from '../../components/time.js';
import { datasetsQuery } from '../../lib/api/datasets.js';
import { mayAct, meQuery } from '../../lib/api/session.js';
import { formatInteger } from '../../lib/format.js';
import { Learned } from './learned.js';

export function DatasetsPage() {
  const query = useQuery(datasetsQuery);
  const me = useQuery(meQuery);
  const add =
    me.data && mayAct(me.data.role, 'submitter') ? (
      <ButtonLink to="/datasets/new" leftSection={<IconPlus size={16} aria-hidden />}>
        Add data
      </ButtonLink>
    ) : null;
  return (
    <Page title="Data" description="Your own data sets. Each is a task for sweeps." actions={add}>
      <QueryView query={query} label="data sets">
        {(datasets) =>
          datasets.length === 0 ? (
            <Paper>
              <Empty icon={IconDatabase} title="No data of your own yet">
                Add a CSV, JSON lines or Parquet file, or a folder of images, and say which column is what.
              </Empty>
            </Paper>
          ) : (
            <ScrollFrame label="Data sets">
              <Table miw={720} horizontalSpacing={10} highlightOnHover aria-label="Data sets">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Name</Table.Th>
                    <Table.Th>Learned</Table.Th>
                    <Table.Th className="rf-number">Train</Table.Th>
                    <Table.Th className="rf-number">Validation</Table.Th>
                    <Table.Th className="rf-number">Test</Table.Th>
                    <Table.Th className="rf-number">In two splits</Table.Th>
                    <Table.Th className="rf-number">Sweeps</Table.Th>
                    <Table.Th>Added</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {datasets.map((dataset) => (
                    <Row key={dataset.id} dataset={dataset} />
                  ))}
                </Table.Tbody>
              </Table>
            </ScrollFrame>
          )
        }
      </QueryView>
    </Page>
  );
}

function Row({ dataset }: { dataset: DatasetView }) {
  const { examples, duplicates } = dataset.report;
  return (
    <Table.Tr>
      <Table.Td>
        <TextLink to="/datasets/$datasetId" params={{ datasetId: dataset.id }} fw={600}>
          {dataset.name}
        </TextLink>
        <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {dataset.source}
        </Text>
      </Table.Td>
      <Table.Td>
        <Learned objective={dataset.mapping.objective} />
      </Table.Td>
      <Table.Td className="rf-number">{formatInteger(examples.train)}</Table.Td>
      <Table.Td className="rf-number">{formatInteger(examples.validation)}</Table.Td>
      <Table.Td className="rf-number">{formatInteger(examples.test)}</Table.Td>
      <Table.Td className="rf-number">
        {duplicates.acrossSplits > 0 ? (
          <Badge color="yellow">{formatInteger(duplicates.acrossSplits)}</Badge>
        ) : (
          formatInteger(0)
        )}
      </Table.Td>
      <Table.Td className="rf-number">{formatInteger(dataset.sweeps)}</Table.Td>
      <Table.Td>
        <Ago at={dataset.createdAt} />
      </Table.Td>
    </Table.Tr>
  );
}
