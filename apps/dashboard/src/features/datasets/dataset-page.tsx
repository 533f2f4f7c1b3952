import { Code, Group, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { type DatasetView, type SplitName, splitNames } from '@rankforge/contracts';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { DeleteButton } from '../../components/delete-button.js';
import { ButtonLink } from '../../components/links.js';
import { Page } from '../../components/page.js';
import { QueryView } from '../../components/query-view.js';
import { datasetKeys, datasetQuery, datasetRowsQuery, deleteDataset } from '../../lib/api/datasets.js';
import { mayAct, meQuery } from '../../lib/api/session.js';
import { formatBytes, formatInteger } from '../../lib/format.js';
import { Learned } from './learned.js';
import { Report, Rows } from './report.js';

const route = getRouteApi('/signed-in/datasets/$datasetId');

export function DatasetPage() {
  const { datasetId } = route.useParams();
  const query = useQuery(datasetQuery(datasetId));
  return (
    <QueryView query={query} label="data set">
      {(dataset) => (
        <Page
          title={dataset.name}
          description={
            <>
              <Learned objective={dataset.mapping.objective} />, from {dataset.source}. A sweep names it{' '}
              <Code>{dataset.task}</Code>.
            </>
          }
          actions={<Actions dataset={dataset} />}
        >
          <Report report={dataset.report} />
          <Examples dataset={dataset} />
          <Text size="xs" c="dimmed" className="rf-mono" style={{ overflowWrap: 'anywhere' }}>
            {formatBytes(dataset.bytes)}, sha256 {dataset.sha256}
          </Text>
        </Page>
      )}
    </QueryView>
  );
}

function Examples({ dataset }: { dataset: DatasetView }) {
  const [split, setSplit] = useState<SplitName>('train');
  const query = useQuery(datasetRowsQuery(dataset.id, split));
  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="xs">
        <Title order={2}>Examples</Title>
        <SegmentedControl data={[...splitNames]} value={split} onChange={setSplit} aria-label="Split" />
      </Group>
      <QueryView query={query} label="examples">
        {(rows) => <Rows rows={rows} label={`Examples of ${split}`} />}
      </QueryView>
    </Stack>
  );
}

function Actions({ dataset }: { dataset: DatasetView }) {
  const me = useQuery(meQuery);
  const client = useQueryClient();
  const navigate = route.useNavigate();
  const removal = useMutation({
    mutationFn: () => deleteDataset(dataset.id),
    onSuccess: async () => {
      await navigate({ to: '/datasets' });
      await Promise.all([
        client.invalidateQueries({ queryKey: datasetKeys.all, exact: true }),
        client.invalidateQueries({ queryKey: ['tasks'] }),
      ]);
    },
  });
  if (!me.data || !mayAct(me.data.role, 'submitter')) return null;
  return (
    <>
      <ButtonLink to="/sweeps/new" search={{ task: dataset.task }} leftSection={<IconPlus size={16} aria-hidden />}>
        New sweep
      </ButtonLink>
      <DeleteButton
        name={dataset.name}
        removal={removal}
        refused={dataset.sweeps > 0 ? `Used by ${formatInteger(dataset.sweeps)} sweeps` : undefined}
      >
        The examples are removed for good. No sweep uses them.
      </DeleteButton>
    </>
  );
}
