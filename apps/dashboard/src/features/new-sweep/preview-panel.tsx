import { Alert, Button, Group, Loader, Paper, Stack, Text, Title } from '@mantine/core';
import {
  budgetKey,
  contenderName,
  cutNotice,
  limitsText,
  type PreviewRow,
  partsOf,
  type SweepPreview,
  sharingTrials,
  warnsOfCut,
} from '@rankforge/contracts';
import { IconCircleCheck, IconCut, IconRulerMeasure } from '@tabler/icons-react';
import { useState } from 'react';
import { Failure, Loading } from '../../components/feedback.js';
import { MemoryBar, MemoryLegend, memoryScale } from '../../components/memory-bar.js';
import classes from '../../components/memory-rows.module.css';
import { Figure, Figures } from '../../components/page.js';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatInteger,
  formatLearningRate,
  formatMetric,
  formatMiB,
} from '../../lib/format.js';
import { sweepLabels } from './field-labels.js';

interface PreviewPanelProps {
  preview: SweepPreview | undefined;
  /** The request as it stands cannot be previewed: why. */
  hint: string | undefined;
  error: Error | null;
  stale: boolean;
}

export function PreviewPanel({ preview, hint, error, stale }: PreviewPanelProps) {
  return (
    <Paper component="section" aria-label="Preview" aria-busy={stale}>
      <Stack gap="md">
        <Group gap="xs">
          <Title order={2}>Preview</Title>
          {stale && preview ? <Loader size="xs" role="status" aria-label="Preview is being updated" /> : null}
        </Group>
        {hint ? (
          <Text size="sm" c="dimmed">
            {hint}
          </Text>
        ) : error ? (
          <Failure error={error} labels={sweepLabels} />
        ) : preview ? (
          <Stack gap="md">
            <Totals preview={preview} />
            <Lengths preview={preview} />
            <Rows preview={preview} />
          </Stack>
        ) : (
          <Loading label="preview" />
        )}
      </Stack>
    </Paper>
  );
}

function Totals({ preview }: { preview: SweepPreview }) {
  const sharing = sharingTrials(preview);
  return (
    <Figures>
      <Figure label="Trials">{formatInteger(preview.trials + preview.scorings)}</Figure>
      <Figure label="To run">{formatInteger(preview.toRun)}</Figure>
      <Figure label="Reused" hint="Results taken from earlier trials with the same settings">
        {formatInteger(preview.known)}
      </Figure>
      <Figure label="Do not fit">{formatInteger(preview.overBudget)}</Figure>
      {preview.implied > 0 ? (
        <Figure label="Implied by smaller ranks" hint="Of those that do not fit">
          {formatInteger(preview.implied)}
        </Figure>
      ) : null}
      {sharing > 0 ? (
        <Figure label="Share a training" hint="With a trial of another budget, rank or scenario">
          {formatInteger(sharing)}
        </Figure>
      ) : null}
      {preview.scorings > 0 ? (
        <Figure label="Test scores" hint="Chosen configurations whose test split is read, once for each seed">
          {formatInteger(preview.scorings)}
        </Figure>
      ) : null}
      <Figure label="Estimated time" hint="From step times measured on this installation">
        {preview.estimatedSeconds === null ? 'unknown' : formatDuration(preview.estimatedSeconds)}
      </Figure>
    </Figures>
  );
}

function Lengths({ preview: { lengths } }: { preview: SweepPreview }) {
  if (!lengths) return null;
  if (!warnsOfCut(lengths)) {
    return (
      <Text size="xs" c="dimmed">
        {cutNotice(lengths)}
      </Text>
    );
  }
  return (
    <Alert color="yellow" icon={<IconCut size={18} />} title="Examples are cut">
      {cutNotice(lengths)}
    </Alert>
  );
}

const firstRows = 24;

function Rows({ preview }: { preview: SweepPreview }) {
  const [all, setAll] = useState(false);
  const rows = all ? preview.rows : preview.rows.slice(0, firstRows);
  const scaleBytes = memoryScale(
    Math.max(0, ...preview.rows.map(({ predicted }) => predicted.total)),
    preview.rows.flatMap(({ budgets }) => budgets.map(({ memoryBudgetMiB }) => memoryBudgetMiB)),
  );
  return (
    <Stack gap="sm">
      <MemoryLegend />
      <ul className={classes.rows}>
        {rows.map((row) => (
          <Row
            key={JSON.stringify([partsOf(row), row.scenario, row.rank, row.learningRate, row.config])}
            row={row}
            scaleBytes={scaleBytes}
          />
        ))}
      </ul>
      {preview.rows.length > rows.length ? (
        <Button variant="default" size="xs" onClick={() => setAll(true)}>
          Show all {formatInteger(preview.rows.length)} configurations
        </Button>
      ) : null}
      {preview.sampled ? (
        <Text size="xs" c="dimmed">
          Examples only: the search chooses while it runs.
        </Text>
      ) : null}
      {preview.truncated ? (
        <Text size="xs" c="dimmed">
          More configurations than are listed here; the counts above are of all.
        </Text>
      ) : null}
    </Stack>
  );
}

function Row({ row, scaleBytes }: { row: PreviewRow; scaleBytes: number }) {
  const name = [
    contenderName(row),
    row.rank === null ? '' : row.fitted?.includes('rank') ? `rank max → ${row.rank}` : `r${row.rank}`,
    row.fitted?.includes('microBatch') ? `micro-batch ${row.microBatch}` : '',
    row.learningRate === null ? '' : `lr ${formatLearningRate(row.learningRate)}`,
  ]
    .filter(Boolean)
    .join(' ');
  return (
    <li className={classes.row}>
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={600}>
          {name}
        </Text>
        <Text size="xs" c="dimmed" className="rf-numbers">
          {formatCount(row.trainableParameters)} trained · {formatBytes(row.predicted.total)}
          {row.known > 0
            ? ` · ${formatInteger(row.known)} of ${formatInteger(row.seeds * row.budgets.length)} known`
            : ''}
        </Text>
      </Group>
      {row.scenario ? (
        <Text size="xs" c="dimmed">
          {row.scenario}
          {row.messages ? ` · ${formatBytes(row.messages.up + row.messages.down)} sent` : ''}
          {row.epsilon === undefined ? '' : ` · ε ${formatMetric(row.epsilon)}`}
        </Text>
      ) : null}
      {row.warning ? (
        <Text size="xs" c="var(--mantine-color-yellow-light-color)">
          {row.warning}
        </Text>
      ) : null}
      {row.wholeKernels ? (
        <Text size="xs" c="dimmed">
          {row.method} {row.wholeKernels}: its kernels are whole, and not the factors that they were left as.
        </Text>
      ) : null}
      <MemoryBar
        memory={row.predicted}
        budgetsMiB={[...new Set(row.budgets.map(({ memoryBudgetMiB }) => memoryBudgetMiB))]}
        scaleBytes={scaleBytes}
        label={`${name}: predicted`}
      />
      <Group gap={12}>
        {row.budgets.map(({ memoryBudgetMiB, limits, fits, reason, impliedByRank }) => (
          <span key={budgetKey({ memoryBudgetMiB, limits })} className={classes.fit} title={reason}>
            {fits ? (
              <IconCircleCheck size={14} color="var(--rf-state-succeeded)" aria-hidden />
            ) : (
              <IconRulerMeasure size={14} color="var(--rf-state-over-budget)" aria-hidden />
            )}
            {fits ? 'fits' : 'does not fit'} {formatMiB(memoryBudgetMiB)}
            {limits ? ` with ${limitsText(limits)}` : ''}
            {impliedByRank === undefined ? '' : ` (implied by rank ${impliedByRank})`}
          </span>
        ))}
      </Group>
      {[...(row.notice ? [row.notice] : []), ...(row.neverFired ?? [])].map((text) => (
        <Text key={text} size="xs" c="dimmed">
          {text}
        </Text>
      ))}
    </li>
  );
}
