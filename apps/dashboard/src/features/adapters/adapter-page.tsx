import { Code, Paper, Stack, Text, Title } from '@mantine/core';
import type { AdapterView } from '@rankforge/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { DeleteButton } from '../../components/delete-button.js';
import { JsonView } from '../../components/json-view.js';
import { Page } from '../../components/page.js';
import { QueryView } from '../../components/query-view.js';
import { adapterKeys, adapterQuery, deleteAdapter } from '../../lib/api/adapters.js';
import { mayAct, meQuery } from '../../lib/api/session.js';
import { formatBytes } from '../../lib/format.js';

const route = getRouteApi('/signed-in/adapters/$adapterId');

export function AdapterPage() {
  const { adapterId } = route.useParams();
  const query = useQuery(adapterQuery(adapterId));
  return (
    <QueryView query={query} label="adapter">
      {(adapter) => (
        <Page
          title={adapter.name}
          description={`${adapter.method} on ${adapter.targets.join(', ')} of ${adapter.base}`}
          actions={<Removal adapter={adapter} />}
        >
          <Paper>
            <Stack gap="xs">
              <Title order={2}>Use it</Title>
              <Text size="sm">
                Evaluate it: <Code>rankforge adapter evaluate {adapter.name} --task TASK</Code>
              </Text>
              <Text size="sm">Train it further: a sweep with these methods and targets.</Text>
              <JsonView value={sweepOf(adapter)} label="part of a sweep" />
            </Stack>
          </Paper>
          <Stack gap="xs">
            <Title order={2}>Configuration</Title>
            <JsonView value={adapter.config} label="configuration" />
          </Stack>
          <Text size="xs" c="dimmed" className="rf-mono" style={{ overflowWrap: 'anywhere' }}>
            {formatBytes(adapter.bytes)}, sha256 {adapter.sha256}
          </Text>
        </Page>
      )}
    </QueryView>
  );
}

const sweepOf = ({ name, base, method, targets }: AdapterView) => ({
  base,
  methods: [{ name: method, from: name }],
  training: { targets },
});

function Removal({ adapter }: { adapter: AdapterView }) {
  const me = useQuery(meQuery);
  const client = useQueryClient();
  const navigate = route.useNavigate();
  const removal = useMutation({
    mutationFn: () => deleteAdapter(adapter.id),
    onSuccess: async () => {
      await navigate({ to: '/adapters' });
      await client.invalidateQueries({ queryKey: adapterKeys.all, exact: true });
    },
  });
  if (!me.data || !mayAct(me.data.role, 'submitter')) return null;
  return (
    <DeleteButton name={adapter.name} removal={removal}>
      No new sweep can start from it. Trials that did keep their results.
    </DeleteButton>
  );
}
