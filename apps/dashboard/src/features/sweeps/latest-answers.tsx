import { Paper, Stack, Text, Title } from '@mantine/core';
import type { SweepView } from '@rankforge/contracts';
import { useQueries } from '@tanstack/react-query';
import { TextLink } from '../../components/links.js';
import { leaderboardQuery } from '../../lib/api/leaderboard.js';

/** Sweeps whose answers are shown. */
const sweepsAtMost = 3;

const hasResult = ({ trials }: SweepView): boolean => trials.SUCCEEDED + trials.OVER_BUDGET > 0;

/** What the newest sweeps with a result say; nothing until one says something. */
export function LatestAnswers({ sweeps }: { sweeps: readonly SweepView[] }) {
  const newest = sweeps.filter(hasResult).slice(0, sweepsAtMost);
  const boards = useQueries({
    queries: newest.map(({ id, task, base }) => leaderboardQuery({ task, base, sweepId: id, by: 'method' })),
  });
  const answered = newest.flatMap((sweep, index) => {
    const answers = boards[index]?.data?.answers ?? [];
    return answers.length === 0 ? [] : [{ sweep, answers }];
  });
  if (answered.length === 0) return null;
  return (
    <Paper component="section" aria-label="Latest answers">
      <Stack gap="md">
        <Title order={2}>Latest answers</Title>
        {answered.map(({ sweep, answers }) => (
          <Stack key={sweep.id} gap={4}>
            <TextLink to="/sweeps/$sweepId/leaderboard" params={{ sweepId: sweep.id }} fw={600} size="sm">
              {sweep.name}: the board
            </TextLink>
            {answers.map(({ memoryBudgetMiB, text }) => (
              <Text key={memoryBudgetMiB} size="sm">
                {text}
              </Text>
            ))}
          </Stack>
        ))}
      </Stack>
    </Paper>
  );
}
