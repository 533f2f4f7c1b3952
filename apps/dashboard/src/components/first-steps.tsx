import { Button, Paper, Stack } from '@mantine/core';
import { CreateSweep } from '@rankforge/contracts';
import { IconCalculator, IconDatabase, IconPlayerPlay, IconTrophy } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import demo from '../../../../examples/01-moby-dick/sweep.json';
import { useMay } from '../lib/api/session.js';
import { createSweep, sweepKeys } from '../lib/api/sweeps.js';
import { randomId } from '../lib/random-id.js';
import { Empty, Failure } from './feedback.js';
import { ButtonLink } from './links.js';

/** Ways to begin, where no sweep was made yet. */
export function FirstSteps() {
  const maySubmit = useMay('submitter');
  const navigate = useNavigate();
  const client = useQueryClient();
  const running = useMutation({
    mutationFn: () => createSweep(CreateSweep.parse(demo), randomId()),
    onSuccess: async ({ id }) => {
      await client.invalidateQueries({ queryKey: sweepKeys.all });
      await navigate({ to: '/sweeps/$sweepId', params: { sweepId: id } });
    },
  });
  return (
    <Paper>
      <Stack>
        {running.error ? <Failure error={running.error} /> : null}
        <Empty
          icon={IconTrophy}
          title="No answers yet"
          action={
            <>
              {maySubmit ? (
                <Button
                  leftSection={<IconPlayerPlay size={16} aria-hidden />}
                  loading={running.isPending}
                  onClick={() => running.mutate()}
                >
                  Run the demo
                </Button>
              ) : null}
              {maySubmit ? (
                <ButtonLink to="/datasets/new" variant="default" leftSection={<IconDatabase size={16} aria-hidden />}>
                  Add data
                </ButtonLink>
              ) : null}
              <ButtonLink to="/estimate" variant="default" leftSection={<IconCalculator size={16} aria-hidden />}>
                Estimate
              </ButtonLink>
            </>
          }
        >
          A sweep says which method, at which rank, fits a memory budget and wins, and whether the difference is real.
          The demo trains eleven ways to adapt a small language model, in under two minutes on two idle cores.
        </Empty>
      </Stack>
    </Paper>
  );
}
