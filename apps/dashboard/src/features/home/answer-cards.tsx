import { Group, Paper, Stack, Text, Title } from '@mantine/core';
import { Loading } from '../../components/feedback.js';
import { TextLink } from '../../components/links.js';
import { Ago } from '../../components/time.js';
import { formatInteger, formatMiB } from '../../lib/format.js';
import type { Answered } from './answers.js';
import classes from './home-page.module.css';
import { SmallIntervals } from './small-intervals.js';

/** A card for each of the newest sweeps that found something. */
export function AnswerCards({ answered, isReading }: { answered: readonly Answered[]; isReading: boolean }) {
  if (isReading && answered.length === 0) return <Loading label="answers" rows={6} />;
  if (answered.length === 0) {
    return (
      <Paper>
        <Text size="sm">
          No sweep has an answer yet: it comes with the first trials that are scored on the test split.
        </Text>
      </Paper>
    );
  }
  return (
    <Stack gap="md">
      {answered.map((each) => (
        <AnswerCard key={each.sweep.id} {...each} />
      ))}
    </Stack>
  );
}

function AnswerCard({ sweep, board }: Answered) {
  return (
    <Paper component="article" aria-label={`Answer of ${sweep.name}`}>
      <Stack gap={8}>
        <Group justify="space-between" gap="xs" wrap="nowrap">
          <Title order={3} style={{ overflowWrap: 'anywhere' }}>
            <TextLink to="/sweeps/$sweepId/leaderboard" params={{ sweepId: sweep.id }} fw={600} inherit>
              {sweep.name}
            </TextLink>
          </Title>
          <Text size="xs" c="dimmed">
            <Ago at={sweep.finishedAt ?? sweep.createdAt} />
          </Text>
        </Group>
        <div className={classes.answer}>
          <Stack gap={6}>
            {board.answers.map(({ memoryBudgetMiB, text }) => (
              <Text key={memoryBudgetMiB} size="sm" lineClamp={board.answers.length > 1 ? 4 : 7} title={text}>
                {text}
              </Text>
            ))}
            <Text size="xs" c="dimmed">
              {fitText(board)}
            </Text>
          </Stack>
          <SmallIntervals board={board} />
        </div>
      </Stack>
    </Paper>
  );
}

/** @example '3 of 11 rows do not fit 64 MiB' */
function fitText({ answers, rows }: Answered['board']): string {
  const misfits = answers.flatMap(({ doesNotFit, memoryBudgetMiB }) =>
    doesNotFit.length === 0 || memoryBudgetMiB === null
      ? []
      : [
          `${formatInteger(doesNotFit.length)} of ${formatInteger(rows.length)} rows do not fit ${formatMiB(memoryBudgetMiB)}`,
        ],
  );
  return misfits.length === 0 ? 'Every row fits' : misfits.join(' · ');
}
