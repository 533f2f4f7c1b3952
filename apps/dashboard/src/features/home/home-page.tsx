import { Stack } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { FirstSteps } from '../../components/first-steps.js';
import { Page } from '../../components/page.js';
import { QueryView } from '../../components/query-view.js';
import { sweepListQuery } from '../../lib/api/sweeps.js';
import { useLive } from '../../lib/use-live.js';
import { AnswerCards } from './answer-cards.js';
import { useAnswered } from './answers.js';
import { Failed } from './failed.js';
import classes from './home-page.module.css';
import { NextSteps } from './next-steps.js';
import { Running } from './running.js';

/** The newest answers, what runs, what failed and what to try next, on one screen. */
export function HomePage() {
  useLive();
  const query = useInfiniteQuery(sweepListQuery({}));
  const sweeps = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const { answered, isReading } = useAnswered(sweeps);
  return (
    <Page title="Home" description="The newest answers, what runs, what failed, and what to try next.">
      <QueryView query={query} label="sweeps">
        {() =>
          sweeps.length === 0 ? (
            <FirstSteps />
          ) : (
            <div className={classes.columns}>
              <AnswerCards answered={answered} isReading={isReading} />
              <Stack gap="md">
                <Running sweeps={sweeps} />
                <Failed sweeps={sweeps} />
                <NextSteps answered={answered} />
              </Stack>
            </div>
          )
        }
      </QueryView>
    </Page>
  );
}
