import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { JsonView } from '../../components/json-view.js';
import { QueryView } from '../../components/query-view.js';
import { sweepQuery } from '../../lib/api/sweeps.js';

const route = getRouteApi('/signed-in/sweeps/$sweepId/configuration');

export function ConfigurationPanel() {
  const { sweepId } = route.useParams();
  const query = useQuery(sweepQuery(sweepId));
  return (
    <QueryView query={query} label="configuration">
      {({ spec }) => (
        <Stack gap="xs">
          <Text size="sm" c="dimmed">
            The request this sweep was made from; <code>POST /v1/sweeps</code> takes it as it stands.
          </Text>
          <JsonView value={spec} label="sweep request" />
        </Stack>
      )}
    </QueryView>
  );
}
