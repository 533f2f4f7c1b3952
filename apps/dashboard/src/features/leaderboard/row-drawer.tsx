import { Drawer, Stack, Table, Text, Title } from '@mantine/core';
import {
  against,
  contenderName,
  effectText,
  type Leaderboard,
  type LeaderboardRow,
  mostCompared,
  scoreDecimals,
  sweepKindOf,
  trialKindOf,
  type Versus,
} from '@rankforge/contracts';
import { IconArrowDown, IconArrowUp, IconTilde } from '@tabler/icons-react';
import { TextLink } from '../../components/links.js';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { TrialLinks } from '../../components/trial-links.js';
import { WidenLink } from '../../components/widen-link.js';
import type { AskedBoard } from '../../lib/api/leaderboard.js';
import { formatInterval, formatProbability } from '../../lib/format.js';
import { tuningTexts } from './columns.js';
import { statusLabels } from './rows.js';
import { Winner } from './winner.js';

interface RowDrawerProps {
  board: AskedBoard;
  names: readonly string[];
  row: number | undefined;
  onClose: () => void;
}

/** Details of one row of the board: its adapter, its tuning, and every other row against it. */
export function RowDrawer({ board, names, row, onClose }: RowDrawerProps) {
  const chosen = row === undefined ? undefined : names[row];
  return (
    <Drawer
      opened={chosen !== undefined}
      onClose={onClose}
      position="right"
      size="lg"
      title={chosen ? <b>{chosen}</b> : ''}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {row === undefined ? null : <Details board={board} names={names} row={row} />}
    </Drawer>
  );
}

function Details({ board, names, row }: { board: AskedBoard; names: readonly string[]; row: number }) {
  const { score, status, reason, trialIds } = board.rows[row]!;
  const hasAdapter = score !== null && trialIds.length > 0 && trialKindOf(sweepKindOf(board.kind).trial).trains;
  return (
    <Stack gap="lg">
      {score === null ? (
        <Text size="sm">
          {statusLabels[status]}
          {reason ? `: ${reason}` : ''}.
        </Text>
      ) : null}
      <Trainings ids={trialIds} />
      {hasAdapter ? (
        <Stack gap="xs">
          <Title order={3} size="h5">
            Adapter
          </Title>
          <Winner query={{ ...board.asked, row: row + 1 }} />
        </Stack>
      ) : null}
      <Tuned row={board.rows[row]!} sweepId={board.asked.sweepId} />
      {score === null ? null : (
        <Stack gap="xs">
          <Title order={3} size="h5">
            Against the others
          </Title>
          <Comparisons board={board} names={names} row={row} />
        </Stack>
      )}
    </Stack>
  );
}

/** How it was tuned; an edge of its grid has a link to the form that goes beyond. Nothing where nothing is to be said. */
function Tuned({ row, sweepId }: { row: LeaderboardRow; sweepId: string | undefined }) {
  const texts = tuningTexts(row);
  if (texts.length === 0) return null;
  return (
    <Stack gap={4}>
      <Title order={3} size="h5">
        Tuning
      </Title>
      {texts.map((text, index) => (
        <Text key={text} size="sm">
          {text} <WidenLink sweepId={sweepId} contender={contenderName(row)} edge={row.edges[index]} />
        </Text>
      ))}
    </Stack>
  );
}

/** Links to the trials of a row, where their adapters are; a board of what was not trained here has none. */
function Trainings({ ids }: { ids: readonly string[] }) {
  if (ids.length === 0) return null;
  return (
    <Text size="sm">
      {ids.length === 1 ? 'Its trial: ' : 'Its trials, one for each seed: '}
      <TrialLinks ids={ids} />
    </Text>
  );
}

function Comparisons({ board, names, row }: { board: Leaderboard; names: readonly string[]; row: number }) {
  const entries = against(board, row);
  if (entries.length === 0) {
    const why = board.rows[row]!.interval === null ? board.rows[row]!.reason : null;
    return <Text size="sm">This row has not been compared: {why ?? 'comparisons need at least two scored rows'}.</Text>;
  }
  const decimals = scoreDecimals(entries);
  const lower = board.metric.direction === 'minimize';
  const ratio = entries.every(({ effect }) => effect === 'ratio');
  const paired = entries.every((entry) => entry.paired);
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {ratio
          ? `Test ${board.metric.name} of this row divided by that of the other (${lower ? 'below' : 'above'} 1 favours this row)`
          : `Difference in test ${board.metric.name} (${lower ? 'negative' : 'positive'} favours this row)`}
        . Interval and p are corrected for all pairs of the board that are tested: their intervals hold together at 95
        %, and one leaves out {ratio ? '1' : '0'} exactly where p tells the rows apart.
        {paired ? pairedText(board, row) : ''}
      </Text>
      <ScrollFrame label="Comparisons">
        <Table miw={460} aria-label="Comparisons">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Other</Table.Th>
              <Table.Th>This row is</Table.Th>
              <Table.Th className="rf-number">{ratio ? 'Ratio' : 'Difference'}</Table.Th>
              <Table.Th className="rf-number" style={{ whiteSpace: 'normal' }}>
                95 % interval, simultaneous
              </Table.Th>
              <Table.Th className="rf-number">p (Holm)</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {entries.map((entry) => (
              <Table.Tr key={entry.other}>
                <Table.Td fw={600}>{names[entry.other] ?? '–'}</Table.Td>
                <Table.Td style={{ whiteSpace: 'nowrap' }}>
                  <Verdict verdict={entry.verdict} />
                  <SeedsBySeeds first={board.rows[row]!.trialIds} second={board.rows[entry.other]!.trialIds} />
                  {entry.untested ? (
                    <Text size="xs" c="dimmed" maw={200} style={{ whiteSpace: 'normal' }}>
                      {entry.untested}
                    </Text>
                  ) : null}
                </Table.Td>
                <Table.Td className="rf-number">{effectText(entry, decimals)}</Table.Td>
                <Table.Td className="rf-number">{formatInterval(entry.interval, decimals)}</Table.Td>
                <Table.Td className="rf-number">
                  {entry.untested ? '–' : formatProbability(entry.adjustedPValue)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollFrame>
    </Stack>
  );
}

/** A link to the trials of two rows side by side, as many of each; nothing where a published board has none. */
function SeedsBySeeds({ first, second }: { first: readonly string[]; second: readonly string[] }) {
  const most = Math.floor(mostCompared / 2);
  const trials = [...first.slice(0, most), ...second.slice(0, most)];
  if (first.length === 0 || second.length === 0) return null;
  return (
    <TextLink to="/trials/compare" search={{ trials }} size="xs" display="block">
      On which examples?
    </TextLink>
  );
}

/** Scores without their examples are compared by seed, which is so of all pairs of a row or of those with some rows. */
const pairedText = ({ comparisons }: Leaderboard, row: number) =>
  comparisons.some(({ a, b, covers }) => (a === row || b === row) && covers === 'seeds-only')
    ? ' Seeds match, so pairs are compared; examples are not known.'
    : ' Seeds and test examples match, so pairs are compared.';

const verdictIcons = { better: IconArrowUp, worse: IconArrowDown, 'not told apart': IconTilde } as const;
const verdictColors = {
  better: 'var(--rf-state-succeeded)',
  worse: 'var(--rf-state-failed)',
  'not told apart': 'var(--mantine-color-dimmed)',
} as const;

function Verdict({ verdict }: { verdict: Versus['verdict'] }) {
  const Glyph = verdictIcons[verdict];
  return (
    <span style={{ display: 'inline-flex', alignItems: 'center', gap: 5 }}>
      <Glyph size={15} stroke={2.2} color={verdictColors[verdict]} aria-hidden />
      {verdict}
    </span>
  );
}
