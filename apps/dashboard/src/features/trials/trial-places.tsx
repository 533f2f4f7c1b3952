/** @file Where the documents stand that count: relevant ones in a search, attacked ones before and after an attack. */
import { Paper, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import type { PlacesPage, TrialDetail } from '@rankforge/contracts';
import { useInfiniteQuery } from '@tanstack/react-query';
import { RankCurves } from '../../components/chart/rank-curves.js';
import { MoreButton } from '../../components/more-button.js';
import { NumberTable } from '../../components/number-table.js';
import { QueryView } from '../../components/query-view.js';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { trialPlacesQuery } from '../../lib/api/trials.js';
import { formatInteger } from '../../lib/format.js';
import { ranksToName } from '../../lib/ranks-to-name.js';
import { PlaceMoves } from './place-moves.js';
import { documentsOf, placesText } from './places.js';

const chartHeight = 300;

/** Nothing where the trial kept no places. */
export function TrialPlaces({ trial }: { trial: TrialDetail }) {
  return trial.artifacts.some(({ kind }) => kind === 'places') ? <Kept trialId={trial.id} /> : null;
}

function Kept({ trialId }: { trialId: string }) {
  const query = useInfiniteQuery(trialPlacesQuery(trialId));
  return (
    <QueryView query={query} label="places">
      {({ pages }) => {
        const first = pages[0]!;
        const { documents, queries, kept } = first;
        return (
          <Stack gap="sm">
            <Title order={2}>{documents === 'attacked' ? 'Places of attacked documents' : 'Recall by rank'}</Title>
            {documents === 'attacked' ? <Attacked page={first} /> : <Relevant page={first} />}
            <Paper>
              <Stack gap="sm">
                {kept < queries ? (
                  <Text size="sm" c="dimmed">
                    The first {formatInteger(kept)} of {formatInteger(queries)} queries are kept.
                  </Text>
                ) : null}
                <ScrollFrame label="Places by query">
                  <Table miw={420} aria-label="Places by query">
                    <Table.Thead>
                      <Table.Tr>
                        <Table.Th>Query</Table.Th>
                        <Table.Th className="rf-number">Documents in order</Table.Th>
                        <Table.Th>{documents === 'attacked' ? 'Before → after' : 'Places of relevant ones'}</Table.Th>
                      </Table.Tr>
                    </Table.Thead>
                    <Table.Tbody>
                      {pages
                        .flatMap(({ items }) => items)
                        .map((record, at) => (
                          <Table.Tr key={`${at} ${record.query}`}>
                            <Table.Td style={{ overflowWrap: 'anywhere' }}>{record.query ?? at + 1}</Table.Td>
                            <Table.Td className="rf-number">{formatInteger(record.size)}</Table.Td>
                            <Table.Td>{placesText(record)}</Table.Td>
                          </Table.Tr>
                        ))}
                    </Table.Tbody>
                  </Table>
                </ScrollFrame>
                <MoreButton query={query}>Show more queries</MoreButton>
              </Stack>
            </Paper>
          </Stack>
        );
      }}
    </QueryView>
  );
}

function Attacked({ page: { moves, moved = { better: 0, same: 0, worse: 0 }, kept } }: { page: PlacesPage }) {
  const { better, same, worse } = moved;
  const attacked = better + same + worse;
  const drawn = documentsOf(moves);
  return (
    <>
      <Text size="sm">
        Of {formatInteger(attacked)} attacked documents of {formatInteger(kept)} queries {formatInteger(better)} came to
        a better place, {formatInteger(same)} stayed, and {formatInteger(worse)} fell.
        {drawn < attacked
          ? ` The ${formatInteger(moves.length)} moves of most documents are drawn, of ${formatInteger(drawn)} documents.`
          : ''}
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg">
        <PlaceMoves moves={moves} height={chartHeight} />
        <NumberTable
          label="Moves"
          columns={['Before', 'After', 'Documents']}
          rows={moves.map(({ before, after, documents }) => [before, after, documents].map(formatInteger))}
          maxHeight={chartHeight}
        />
      </SimpleGrid>
    </>
  );
}

function Relevant({ page: { split, queries, recall = [] } }: { page: PlacesPage }) {
  return (
    <>
      <Text size="sm">
        Share of the relevant documents of a query that stand down to a rank, in the mean of {formatInteger(queries)}{' '}
        queries of the {split} split.
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg">
        <RankCurves
          curves={[{ name: 'recall', values: recall }]}
          across="Rank"
          upwards="Recall"
          most={1}
          height={chartHeight}
          label={`Recall down to each of ${recall.length} ranks`}
        />
        <NumberTable
          label="Recall"
          columns={['Rank', 'Recall']}
          rows={ranksToName(recall.length).map((rank) => [`${rank}`, recall[rank - 1]!.toFixed(3)])}
        />
      </SimpleGrid>
    </>
  );
}
