/** @file The answer of a board within each memory budget, with the adapter of its winner and the seeds that would tell ties apart. */
import { Button, Group, Modal, Paper, Stack, Text } from '@mantine/core';
import { type BudgetAnswer, type LeaderboardQuery, sweepKindOf, trialKindOf } from '@rankforge/contracts';
import { IconDownload, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ButtonLink } from '../../components/links.js';
import { type AskedBoard, leaderboardQuery } from '../../lib/api/leaderboard.js';
import { useMay } from '../../lib/api/session.js';
import { TiedSeeds } from './tied-seeds.js';
import { Winner } from './winner.js';

/** Every budget of the board, whichever is chosen for its rows. */
export function Answers({ board }: { board: AskedBoard }) {
  const { asked } = board;
  const whole = useQuery(leaderboardQuery({ ...asked, memoryBudgetMiB: undefined })).data;
  const isChosenToo = whole?.answers.some(({ memoryBudgetMiB }) => memoryBudgetMiB === asked.memoryBudgetMiB);
  const answers = [
    ...(whole?.answers ?? []),
    // A link may ask for a budget that no sweep had.
    ...(asked.memoryBudgetMiB === undefined || isChosenToo ? [] : board.answers),
  ];
  if (answers.length === 0) return null;
  return (
    <Paper component="section" aria-label="Answer">
      <Stack gap="md">
        {answers.map((answer) => (
          <Answer key={answer.memoryBudgetMiB} answer={answer} board={board} />
        ))}
        <TiedSeeds board={board} />
      </Stack>
    </Paper>
  );
}

function Answer({ answer, board }: { answer: BudgetAnswer; board: AskedBoard }) {
  const { memoryBudgetMiB, leader, text } = answer;
  const { trains } = trialKindOf(sweepKindOf(board.kind).trial);
  const hasAdapter = trains && leader !== null && leader.trialIds.length > 0;
  return (
    <Stack gap={6}>
      <Text fw={500}>{text}</Text>
      <Group gap="xs">
        {hasAdapter ? (
          <WinnerButton name={leader.name} query={{ ...board.asked, memoryBudgetMiB: memoryBudgetMiB ?? undefined }} />
        ) : null}
        <SeedsLink answer={answer} sweepId={board.asked.sweepId} />
      </Group>
    </Stack>
  );
}

function WinnerButton({ name, query }: { name: string; query: LeaderboardQuery }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconDownload size={15} aria-hidden />}
        onClick={() => setOpen(true)}
      >
        Download the winner’s adapter
      </Button>
      <Modal
        opened={isOpen}
        onClose={() => setOpen(false)}
        size="lg"
        centered
        title={<b>Adapter of {name}</b>}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {isOpen ? <Winner query={query} /> : null}
      </Modal>
    </>
  );
}

/** A link to the form, filled with what leads, what is tied with it, and the seeds that would tell them apart. */
function SeedsLink({ answer, sweepId }: { answer: BudgetAnswer; sweepId: string | undefined }) {
  const maySubmit = useMay('submitter');
  const { furtherSeeds, leader, tied, memoryBudgetMiB } = answer;
  if (!maySubmit || sweepId === undefined || !furtherSeeds || leader === null || memoryBudgetMiB === null) return null;
  const contenders = [leader, ...tied].map(({ contender }) => contender);
  return (
    <ButtonLink
      to="/sweeps/new"
      search={{ from: sweepId, fill: { contenders, memoryBudgetMiB, seeds: furtherSeeds } }}
      size="xs"
      variant="default"
      leftSection={<IconPlus size={15} aria-hidden />}
    >
      {furtherSeeds} more {furtherSeeds === 1 ? 'seed' : 'seeds'}
    </ButtonLink>
  );
}
