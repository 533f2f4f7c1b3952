import { Checkbox, UnstyledButton } from '@mantine/core';
import { mostCompared, nameBesideOptimizer, type TrialQuery, type TrialView, trialKindOf } from '@rankforge/contracts';
import { IconArrowDown, IconArrowsSort, IconArrowUp } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { columnSizingFeature, createColumnHelper, tableFeatures, useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type MouseEvent, useEffect, useRef } from 'react';
import { TrialStateBadge } from '../../components/state-badge.js';
import { formatBytes, formatInteger, formatLearningRate, formatMetric, formatMiB } from '../../lib/format.js';
import classes from './trial-table.module.css';

type Sort = TrialQuery['sort'];

/** A click that no link in the row has taken, and that asks for no other tab. */
const opensHere = (event: MouseEvent) =>
  !(event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);

const features = tableFeatures({ columnSizingFeature });
const helper = createColumnHelper<typeof features, TrialView>();

const columns = helper.columns([
  helper.accessor('ordinal', {
    header: '#',
    size: 68,
    cell: ({ row }) => (
      <Link
        to="/trials/$trialId"
        params={{ trialId: row.original.id }}
        className={classes.link}
        aria-label={`Trial ${row.original.ordinal}`}
      >
        {row.original.ordinal}
      </Link>
    ),
  }),
  helper.accessor('state', {
    header: 'State',
    size: 126,
    cell: ({ getValue }) => <TrialStateBadge state={getValue()} />,
  }),
  helper.accessor('method', {
    header: 'Method',
    size: 132,
    cell: ({ row: { original } }) => {
      const { mark } = trialKindOf(original.kind);
      const name = nameBesideOptimizer(original);
      return mark ? `${name} (${mark})` : name;
    },
  }),
  helper.accessor('optimizer', { header: 'Optimizer', size: 96 }),
  helper.accessor('rank', { header: 'Rank', size: 62, cell: ({ getValue }) => getValue() ?? '–' }),
  helper.accessor('learningRate', {
    header: 'LR',
    size: 76,
    cell: ({ getValue }) => {
      const rate = getValue();
      return rate === null ? '–' : formatLearningRate(rate);
    },
  }),
  helper.accessor('seed', { header: 'Seed', size: 62 }),
  helper.accessor('memoryBudgetMiB', { header: 'Budget', size: 92, cell: ({ getValue }) => formatMiB(getValue()) }),
  helper.accessor('step', {
    header: 'Step',
    size: 108,
    cell: ({ row: { original } }) => (
      <span className={classes.step}>
        <span
          className={classes.fill}
          style={{ width: `${(original.step / Math.max(1, original.steps)) * 100}%` }}
          aria-hidden
        />
        <span>
          {formatInteger(original.step)} / {formatInteger(original.steps)}
        </span>
      </span>
    ),
  }),
  helper.accessor('loss', { header: 'Loss', size: 82, cell: ({ getValue }) => formatMetric(getValue()) }),
  helper.accessor('objective', { header: 'Objective', size: 112, cell: ({ getValue }) => formatMetric(getValue()) }),
  helper.accessor('score', { header: 'Test score', size: 92, cell: ({ getValue }) => formatMetric(getValue()) }),
  helper.accessor('predictedBytes', { header: 'Predicted', size: 98, cell: ({ getValue }) => formatBytes(getValue()) }),
  helper.accessor('measuredBytes', { header: 'Measured', size: 112, cell: ({ getValue }) => formatBytes(getValue()) }),
  helper.accessor('attempts', { header: 'Attempts', size: 84 }),
]);

const numeric = new Set([
  'ordinal',
  'rank',
  'learningRate',
  'seed',
  'memoryBudgetMiB',
  'step',
  'loss',
  'objective',
  'score',
  'predictedBytes',
  'measuredBytes',
  'attempts',
]);
const sortable = new Set(['ordinal', 'objective', 'measuredBytes']);
const rowHeight = 36;
/** Width of the boxes before the columns. */
const tickWidth = 40;

interface TrialTableProps {
  trials: TrialView[];
  /** Which rows in which order: the table is at its top whenever it changes. */
  list: string;
  sort: Sort | undefined;
  onSort: (sort: Sort | undefined) => void;
  /** Called when the last loaded row comes near. */
  onEnd: () => void;
  /** Ids of the trials that are to be compared. */
  ticked: readonly string[];
  onTick: (id: string, isTicked: boolean) => void;
}

export function TrialTable({ trials, list, sort = 'ordinal', onSort, onEnd, ticked, onTick }: TrialTableProps) {
  const frame = useRef<HTMLElement>(null);
  const navigate = useNavigate();
  const table = useTable({ features, columns, data: trials, getRowId: (trial) => trial.id });
  const rows = table.getRowModel().rows;
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]!.id,
    overscan: 12,
  });
  const items = virtualizer.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;

  // Other rows, or another order, are read from their top.
  useEffect(() => {
    frame.current?.scrollTo({ top: 0 });
  }, [list]);

  useEffect(() => {
    if (lastShown >= rows.length - 60) onEnd();
  }, [lastShown, rows.length, onEnd]);

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section ref={frame} className={classes.frame} aria-label="Trials" tabIndex={0}>
      {/* biome-ignore lint/a11y/useSemanticElements: rows are placed by transform, which table elements do not allow */}
      <div
        role="table"
        aria-label="Trials"
        aria-rowcount={rows.length + 1}
        style={{ width: table.getTotalSize() + tickWidth, minWidth: '100%' }}
      >
        {table.getHeaderGroups().map((group) => (
          // biome-ignore lint/a11y/useSemanticElements: see above
          // biome-ignore lint/a11y/useFocusableInteractive: a row is not a control
          <div key={group.id} role="row" aria-rowindex={1} className={classes.head}>
            {/* biome-ignore lint/a11y/useSemanticElements: see above */}
            {/* biome-ignore lint/a11y/useFocusableInteractive: it is no control */}
            <div role="columnheader" className={classes.tick} style={{ width: tickWidth }}>
              <span className="rf-visually-hidden">Compare</span>
            </div>
            {group.headers.map((header) => (
              <HeaderCell key={header.id} id={header.column.id} width={header.getSize()} sort={sort} onSort={onSort}>
                <table.FlexRender header={header} />
              </HeaderCell>
            ))}
          </div>
        ))}
        <div style={{ height: virtualizer.getTotalSize(), position: 'relative' }}>
          {items.map((item) => {
            const row = rows[item.index]!;
            return (
              // biome-ignore lint/a11y/useSemanticElements: see above
              // biome-ignore lint/a11y/useKeyWithClickEvents: the first cell is a link to the same place
              // biome-ignore lint/a11y/useFocusableInteractive: a row is not a control
              <div
                key={row.id}
                role="row"
                aria-rowindex={item.index + 2}
                className={classes.row}
                style={{ height: rowHeight, transform: `translateY(${item.start}px)` }}
                onClick={(event) => {
                  if (opensHere(event)) void navigate({ to: '/trials/$trialId', params: { trialId: row.id } });
                }}
              >
                <TickCell
                  trial={row.original}
                  isTicked={ticked.includes(row.id)}
                  isFull={ticked.length >= mostCompared}
                  onTick={onTick}
                />
                {row.getAllCells().map((cell) => (
                  // biome-ignore lint/a11y/useSemanticElements: see above
                  <div
                    key={cell.id}
                    role="cell"
                    className={classes.cell}
                    data-numeric={numeric.has(cell.column.id) || undefined}
                    style={{ width: cell.column.getSize() }}
                  >
                    <table.FlexRender cell={cell} />
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </section>
  );
}

interface TickCellProps {
  trial: TrialView;
  isTicked: boolean;
  /** No further trial can be compared. */
  isFull: boolean;
  onTick: TrialTableProps['onTick'];
}

/** The box by which a trial is compared with others; clicks beside it open no page. */
function TickCell({ trial, isTicked, isFull, onTick }: TickCellProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: see above
    // biome-ignore lint/a11y/useKeyWithClickEvents: the box inside is the control
    <div role="cell" className={classes.tick} style={{ width: tickWidth }} onClick={(event) => event.stopPropagation()}>
      <Checkbox
        size="xs"
        aria-label={`Compare trial ${trial.ordinal}`}
        checked={isTicked}
        disabled={isFull && !isTicked}
        onChange={(event) => onTick(trial.id, event.currentTarget.checked)}
      />
    </div>
  );
}

interface HeaderCellProps {
  id: string;
  width: number;
  sort: Sort;
  onSort: (sort: Sort) => void;
  children: React.ReactNode;
}

function HeaderCell({ id, width, sort, onSort, children }: HeaderCellProps) {
  const canSort = sortable.has(id);
  const direction = sort === id ? 'ascending' : sort === `-${id}` ? 'descending' : 'none';
  const Arrow = direction === 'ascending' ? IconArrowUp : direction === 'descending' ? IconArrowDown : IconArrowsSort;
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows are placed by transform, which table elements do not allow
    // biome-ignore lint/a11y/useFocusableInteractive: the button inside is the control
    <div
      role="columnheader"
      aria-sort={canSort ? direction : undefined}
      className={classes.cell}
      data-numeric={numeric.has(id) || undefined}
      style={{ width }}
    >
      {canSort ? (
        <UnstyledButton
          className={classes.sort}
          onClick={() => onSort((direction === 'ascending' ? `-${id}` : id) as Sort)}
          data-active={direction !== 'none' || undefined}
        >
          {children}
          <Arrow size={13} aria-hidden />
        </UnstyledButton>
      ) : (
        children
      )}
    </div>
  );
}
