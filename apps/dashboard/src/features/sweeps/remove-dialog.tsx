import { Alert, Button, Group, List, Modal, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { SweepRemoval, SweepView } from '@rankforge/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Failure } from '../../components/feedback.js';
import { QueryView } from '../../components/query-view.js';
import { leaderboardKey } from '../../lib/api/leaderboard.js';
import { removalQuery, removeSweep, sweepKeys } from '../../lib/api/sweeps.js';
import { formatBytes, formatInteger } from '../../lib/format.js';

interface RemoveDialogProps {
  sweep: Pick<SweepView, 'id' | 'name'>;
  opened: boolean;
  onClose: () => void;
  /** The page shows this sweep, and leaves when it is gone. */
  leaves: boolean;
}

/** Names what goes with a sweep, what stays and what stands in the way, and removes it. */
export function RemoveDialog({ sweep: { id, name }, opened, onClose, leaves }: RemoveDialogProps) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const query = useQuery({ ...removalQuery(id), enabled: opened });
  const removal = useMutation({
    mutationFn: () => removeSweep(id),
    onSuccess: async ({ trials }) => {
      notifications.show({ title: 'Sweep removed', message: `${name}, with ${counted(trials, 'trial')}.` });
      onClose();
      if (leaves) await navigate({ to: '/sweeps' });
      client.removeQueries({ queryKey: sweepKeys.one(id) });
      await Promise.all([
        client.invalidateQueries({ queryKey: sweepKeys.lists }),
        client.invalidateQueries({ queryKey: leaderboardKey }),
      ]);
    },
  });
  return (
    <Modal opened={opened} onClose={onClose} title={`Remove “${name}”?`} centered>
      <Stack ta="left">
        <QueryView query={query} label="what goes">
          {(found) => <WhatGoes removal={found} />}
        </QueryView>
        {removal.error ? <Failure error={removal.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Keep
          </Button>
          <Button
            color="red"
            loading={removal.isPending}
            disabled={query.data === undefined || query.data.obstacles.length > 0}
            onClick={() => removal.mutate()}
          >
            Remove sweep
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function WhatGoes({ removal }: { removal: SweepRemoval }) {
  const { task, base, trials, keptTrials, keptFor, attempts, metricPoints, files, fileBytes, rowBytes, obstacles } =
    removal;
  return (
    <Stack>
      {obstacles.length > 0 ? (
        <Alert color="orange" title="It cannot be removed yet">
          <List size="sm">
            {obstacles.map(({ what, id, says }) => (
              <List.Item key={`${what} ${id}`}>{sentence(says)}</List.Item>
            ))}
          </List>
        </Alert>
      ) : null}
      <Text size="sm">With it {obstacles.length > 0 ? 'would go' : 'go'}:</Text>
      <List size="sm" spacing={4}>
        <List.Item>
          {counted(trials, 'trial')} with {counted(attempts, 'attempt')} and {counted(metricPoints, 'metric point')}:
          about {formatBytes(rowBytes)} of rows
        </List.Item>
        <List.Item>
          {counted(files, 'file')}, {formatBytes(fileBytes)}: adapters, checkpoints and predictions that nothing else
          has
        </List.Item>
        <List.Item>
          Its rows on the board of {task} on {base}
        </List.Item>
      </List>
      {keptTrials > 0 ? (
        <Text size="sm">
          {counted(keptTrials, 'trial')} {keptTrials === 1 ? 'stays' : 'stay'} out of sight, for sweeps that took
          results: {keptFor.map((sweep) => sweep.name).join(', ') || 'removed ones, while they are cleared'}.
        </Text>
      ) : null}
      <Text size="sm">It cannot be brought back.</Text>
    </Stack>
  );
}

const counted = (n: number, what: string) => `${formatInteger(n)} ${what}${n === 1 ? '' : 's'}`;

const sentence = (text: string) => `${text[0]?.toUpperCase()}${text.slice(1)}.`;
