/** @file The answer: a bar for each row first, then its numbers. */
import { Group, List, Stack, Table, Text, Title } from '@mantine/core';
import { type Estimate, type EstimateRow, MIB, memoryParts } from '@rankforge/contracts';
import { IconCircleCheck, IconRulerMeasure } from '@tabler/icons-react';
import { MemoryBar, MemoryLegend, memoryScale } from '../../components/memory-bar.js';
import classes from '../../components/memory-rows.module.css';
import { Figure, Figures } from '../../components/page.js';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { formatBytes, formatCount, formatInteger } from '../../lib/format.js';
import { partLabels } from '../../lib/palette.js';
import {
  askedOf,
  betweenText,
  beyondEngineText,
  type Change,
  cardsText,
  fitsText,
  nameOf,
  saidOf,
  timeText,
} from './row-text.js';
import { WaysToFit } from './ways-to-fit.js';

interface EstimateAnswerProps {
  estimate: Estimate;
  /** Asks again with a change of a row; absent where the form does not say what a change would replace. */
  onChange?: ((change: Change) => void) | undefined;
}

export function EstimateAnswer({ estimate, onChange }: EstimateAnswerProps) {
  const { model, rows, budget, card, batch, sequence, refused } = estimate;
  const budgetsMiB = budget === null ? [] : [budget / MIB];
  const beyond = beyondEngineText(estimate);
  const most = rows.map(({ memory, torch }) => torch?.intervals.reserved.high ?? memory.total);
  const scaleBytes = memoryScale(Math.max(0, ...most), card ? [card.bytes / MIB] : budgetsMiB);
  return (
    <Stack gap="md">
      <Figures>
        <Figure label="Parameters">{formatCount(model.parameters)}</Figure>
        <Figure label="Batch × sequence">
          {formatInteger(batch)} × {formatInteger(sequence)}
        </Figure>
        {budget === null ? null : (
          <Figure label={card ? `Fit ${card.title}` : `Fit ${formatBytes(budget)}`}>
            {rows.filter(({ fits }) => fits).length} of {rows.length}
          </Figure>
        )}
      </Figures>
      {beyond ? <Text size="sm">{beyond}</Text> : null}
      {estimate.notes.map((note) => (
        <Text key={note} size="sm">
          {note}
        </Text>
      ))}
      <MemoryLegend
        whiskers={rows.some(({ torch }) => torch) ? 'Reserved, in 95 of 100 runs' : undefined}
        taken={card ? 'Driver, CUDA context and libraries' : undefined}
      />
      <ul className={classes.rows}>
        {rows.map((row) => (
          <Row key={nameOf(row)} row={row} budget={budget} card={card} scaleBytes={scaleBytes} />
        ))}
      </ul>
      {budget === null ? null : <WaysToFit rows={rows} budget={budget} onChange={onChange} />}
      {rows.length > 0 ? <Numbers rows={rows} /> : null}
      {refused.length > 0 ? (
        <Stack gap={4}>
          <Title order={3}>Left out</Title>
          <List size="sm">
            {refused.map(({ method, rank, reason }) => (
              <List.Item key={`${method} ${rank}`}>
                <b>{nameOf({ method, rank })}</b>: {reason}
              </List.Item>
            ))}
          </List>
        </Stack>
      ) : null}
      <Text size="xs" c="dimmed">
        {saidOf(estimate)} {askedOf(estimate)}
      </Text>
    </Stack>
  );
}

interface RowProps extends Pick<Estimate, 'budget' | 'card'> {
  row: EstimateRow;
  scaleBytes: number;
}

function Row({ row, budget, card, scaleBytes }: RowProps) {
  const { memory, fits, largest, beyondEngine, trainableParameters, torch } = row;
  const name = nameOf(row);
  return (
    <li className={classes.row}>
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={600}>
          {name}
        </Text>
        <Text size="xs" c="dimmed" className="rf-numbers">
          {formatCount(trainableParameters)} trained · {formatBytes(memory.total)}
          {torch ? ` · reserved: ${betweenText(torch)}` : ''}
        </Text>
      </Group>
      <MemoryBar
        memory={memory}
        budgetsMiB={budget === null ? [] : [budget / MIB]}
        fits={fits}
        between={torch?.intervals.reserved}
        taken={card && { from: card.left, to: card.bytes }}
        scaleBytes={scaleBytes}
        label={`${name}: predicted`}
      />
      {fits === undefined || budget === null ? null : (
        <Group gap={12}>
          <span className={classes.fit}>
            {fits ? (
              <IconCircleCheck size={14} color="var(--rf-state-succeeded)" aria-hidden />
            ) : (
              <IconRulerMeasure size={14} color="var(--rf-state-over-budget)" aria-hidden />
            )}
            {fitsText(row)}
          </span>
          {fits && largest ? (
            <Text size="xs" c="dimmed">
              largest that fits, one at a time:{' '}
              {[
                largest.rank === null ? [] : [`rank ${formatInteger(largest.rank)}`],
                largest.batch === null ? [] : [`batch ${formatInteger(largest.batch)}`],
                largest.sequence === null ? [] : [`sequence ${formatInteger(largest.sequence)}`],
              ]
                .flat()
                .join(', ')}
            </Text>
          ) : null}
        </Group>
      )}
      {row.time ? (
        <Text size="xs" c="dimmed">
          {timeText(row)}
        </Text>
      ) : null}
      {row.cards ? (
        <Text size="xs" c="dimmed">
          {cardsText(row)}
        </Text>
      ) : null}
      {beyondEngine ? (
        <Text size="xs" c="dimmed">
          The engines here cannot compute it: {beyondEngine}
        </Text>
      ) : null}
    </li>
  );
}

const torchLabels = { reserved: 'Reserved', steady: 'Between steps', paged: 'Paged' };
type TorchColumn = keyof typeof torchLabels;

/** Columns of bytes that torch holds beside the peak; those of paged memory only where some row pages. */
const torchColumnsOf = (rows: readonly EstimateRow[]): TorchColumn[] =>
  rows.some(({ torch }) => torch === undefined)
    ? []
    : ['reserved', 'steady', ...(rows.some(({ torch }) => torch!.paged > 0) ? (['paged'] as const) : [])];

function Numbers({ rows }: { rows: readonly EstimateRow[] }) {
  const torchColumns = torchColumnsOf(rows);
  return (
    <ScrollFrame label="Bytes by part">
      <Table miw={720} horizontalSpacing={10} highlightOnHover aria-label="Bytes by part">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Method</Table.Th>
            <Table.Th className="rf-number">Total</Table.Th>
            {memoryParts.map((part) => (
              <Table.Th key={part} className="rf-number">
                {partLabels[part]}
              </Table.Th>
            ))}
            {torchColumns.map((name) => (
              <Table.Th key={name} className="rf-number">
                {torchLabels[name]}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={nameOf(row)}>
              <Table.Td fw={600} style={{ whiteSpace: 'nowrap' }}>
                {nameOf(row)}
              </Table.Td>
              <Table.Td className="rf-number" fw={600}>
                {formatBytes(row.memory.total)}
              </Table.Td>
              {memoryParts.map((part) => (
                <Table.Td key={part} className="rf-number">
                  {formatBytes(row.memory[part])}
                </Table.Td>
              ))}
              {torchColumns.map((name) => (
                <Table.Td key={name} className="rf-number">
                  {row.torch ? formatBytes(row.torch[name]) : null}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollFrame>
  );
}
