/** @file Recall of the rows of a board by how far down their orders are read. */
import { Paper, Stack, Table, Text, Title } from '@mantine/core';
import { boardFileName, type BoardRecall as Recall } from '@rankforge/contracts';
import { useQuery } from '@tanstack/react-query';
import { RankCurves } from '../../components/chart/rank-curves.js';
import { QueryView } from '../../components/query-view.js';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { type AskedBoard, boardRecallQuery } from '../../lib/api/leaderboard.js';
import { formatInteger } from '../../lib/format.js';
import { ranksToName } from '../../lib/ranks-to-name.js';

/** Nothing where no score of the board kept places. */
export function BoardRecall({ board, names }: { board: AskedBoard; names: readonly string[] }) {
  const recall = useQuery(boardRecallQuery(board.asked));
  // Most boards have none, so that no room is held for it.
  if (recall.isPending) return null;
  return (
    <QueryView query={recall} label="recall by rank">
      {(data) => <RecallOf data={data} board={board} names={names} />}
    </QueryView>
  );
}

interface RecallOfProps {
  data: Recall;
  board: AskedBoard;
  names: readonly string[];
}

function RecallOf({ data, board, names }: RecallOfProps) {
  // The board may have changed since: rows are found by their trainings.
  const curves = data.rows.flatMap(({ trialIds: [first], recall }) => {
    const row = board.rows.findIndex(({ trialIds }) => trialIds[0] === first);
    return row < 0 ? [] : [{ name: names[row]!, values: recall }];
  });
  const unreadable = data.unreadable.length;
  if (curves.length === 0 && unreadable === 0) return null;
  const ranks = ranksToName(Math.max(...curves.map(({ values }) => values.length)));
  return (
    <Paper>
      <Stack gap="xs">
        <Title order={2}>Recall by rank</Title>
        <RankCurves
          curves={curves}
          across="Rank"
          upwards="Recall (test split)"
          height={400}
          file={boardFileName(board, 'recall')}
          label={`Recall of ${curves.length} rows down to each rank; the table below has some of the numbers`}
        />
        <ScrollFrame label="Recall by rank">
          <Table miw={420} aria-label="Recall by rank">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Row</Table.Th>
                {ranks.map((rank) => (
                  <Table.Th key={rank} className="rf-number">
                    at {rank}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {curves.map(({ name, values }) => (
                <Table.Tr key={name}>
                  <Table.Td>{name}</Table.Td>
                  {ranks.map((rank) => (
                    <Table.Td key={rank} className="rf-number">
                      {(values[rank - 1] ?? values.at(-1)!).toFixed(3)}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollFrame>
        <Text size="sm" c="dimmed">
          Share of the relevant documents of a query that stand down to a rank, in the mean of the test queries and
          seeds.
        </Text>
        {unreadable > 0 ? (
          <Text size="sm" c="dimmed">
            Rows are left out because the places of {formatInteger(unreadable)} of their trainings cannot be read.
          </Text>
        ) : null}
      </Stack>
    </Paper>
  );
}
