import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type AskedBoard, leaderboardKey } from '../../lib/api/leaderboard.js';
import { mayAct, meQuery } from '../../lib/api/session.js';
import { extendSweep, sweepKeys } from '../../lib/api/sweeps.js';
import { trialKeys } from '../../lib/api/trials.js';

/**
 * Adds the seeds that the board of a sweep says would tell its ties apart; nothing where it says none, or where other rows may be tied
 * than on the board that the API adds them by: that of all budgets and limits, in the metric of the task.
 */
export function TiedSeeds({ board }: { board: AskedBoard }) {
  const { task: _, base: __, kind: ___, cost: ____, margin: _____, by, sweepId, ...limits } = board.asked;
  const me = useQuery(meQuery);
  const client = useQueryClient();
  const seeds = board.verdict.seeds?.further ?? 0;
  const adding = useMutation({
    mutationFn: () => extendSweep(sweepId!, { tied: { seeds } }),
    onSuccess: async ({ changed }) => {
      notifications.show({ title: 'Seeds added', message: `${changed} trials more; the board follows as they end.` });
      const keys = [sweepKeys.all, trialKeys.all, leaderboardKey];
      await Promise.all(keys.map((queryKey) => client.invalidateQueries({ queryKey })));
    },
    onError: (error) => notifications.show({ color: 'red', title: 'No seed was added', message: error.message }),
  });
  const isWhole = by === 'method' && Object.values(limits).every((limit) => limit === undefined);
  if (
    sweepId === undefined ||
    !isWhole ||
    seeds === 0 ||
    !board.complete ||
    !me.data ||
    !mayAct(me.data.role, 'submitter')
  )
    return null;
  return (
    <Group gap="sm" mt="sm">
      <Button
        size="xs"
        variant="default"
        leftSection={<IconPlus size={15} aria-hidden />}
        loading={adding.isPending}
        onClick={() => adding.mutate()}
      >
        Add {seeds} {seeds === 1 ? 'seed' : 'seeds'} to each tied row
      </Button>
      <Text size="xs" c="dimmed">
        The leader and what is tied with it are trained and scored further. The board will say that it was looked at
        before.
      </Text>
    </Group>
  );
}
