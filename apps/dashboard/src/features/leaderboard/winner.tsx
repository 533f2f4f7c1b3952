/** @file The adapter of a row of a board: the seed that is taken, its formats, and the code that loads it. */
import { Code, Stack, Text } from '@mantine/core';
import { winnerText } from '@rankforge/contracts';
import { useQuery } from '@tanstack/react-query';
import { AdapterFormats } from '../../components/adapter-formats.js';
import { TextLink } from '../../components/links.js';
import { QueryView } from '../../components/query-view.js';
import { type AskedWinner, boardWinnerQuery } from '../../lib/api/leaderboard.js';

export function Winner({ query }: { query: AskedWinner }) {
  const winner = useQuery(boardWinnerQuery(query));
  return (
    <QueryView query={winner} label="adapter">
      {(found) => (
        <Stack gap="sm">
          <Text size="sm">
            {winnerText(found)},{' '}
            <TextLink to="/trials/$trialId" params={{ trialId: found.trialId }} size="sm">
              its trial
            </TextLink>
            .
          </Text>
          {found.formats.length === 0 ? (
            <Text size="sm" c="dimmed">
              It left no adapter.
            </Text>
          ) : (
            <>
              <AdapterFormats trialId={found.trialId} formats={found.formats} />
              {found.python === null ? null : (
                <>
                  <Text size="sm">In Python, once the archive is unpacked into a folder of its name:</Text>
                  <Code block>{found.python}</Code>
                </>
              )}
            </>
          )}
        </Stack>
      )}
    </QueryView>
  );
}
