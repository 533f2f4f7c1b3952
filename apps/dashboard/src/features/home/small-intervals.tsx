import { Text } from '@mantine/core';
import { isScored, type Leaderboard, leadersOf, scoreDecimals, scoreText } from '@rankforge/contracts';
import { formatInteger, formatInterval } from '../../lib/format.js';
import classes from './home-page.module.css';

const rowsAtMost = 5;

/** Means with their intervals of the best rows of a board, drawn without the library of charts. */
export function SmallIntervals({ board }: { board: Leaderboard }) {
  const scored = board.rows.flatMap((row, index) => (isScored(row) ? [{ row, index }] : []));
  const shown = scored.slice(0, rowsAtMost);
  if (shown.length === 0) return null;
  const leaders = leadersOf(board);
  const ends = shown.flatMap(({ row }) => row.interval ?? [row.score]);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const at = (value: number): string => `${high === low ? 50 : (100 * (value - low)) / (high - low)}%`;
  const decimals = scoreDecimals(shown.map(({ row }) => row));
  return (
    <div>
      <ul className={classes.rows} aria-label={`Test ${board.metric.name} with 95 % intervals`}>
        {shown.map(({ row, index }) => {
          const score = scoreText(row.score, decimals);
          const interval = row.interval ? formatInterval(row.interval, decimals) : undefined;
          return (
            <li
              key={row.name}
              className={classes.row}
              title={`${row.name}: ${score}${interval ? ` (${interval})` : ''}`}
            >
              <span className={classes.name}>{row.name}</span>
              <span className={classes.track} data-leads={leaders.has(index) || undefined} aria-hidden>
                {row.interval ? (
                  <span
                    className={classes.whisker}
                    style={{ left: at(row.interval[0]), right: `calc(100% - ${at(row.interval[1])})` }}
                  />
                ) : null}
                <span className={classes.mean} style={{ left: at(row.score) }} />
              </span>
              <span className={classes.score}>{score}</span>
              <span className="rf-visually-hidden">{interval ? `95 % interval ${interval}` : 'no interval'}</span>
            </li>
          );
        })}
      </ul>
      <Text size="xs" c="dimmed" mt={4}>
        {board.metric.name}, {board.metric.direction === 'minimize' ? 'lower' : 'higher'} is better
        {scored.length > shown.length
          ? ` · ${formatInteger(shown.length)} best of ${formatInteger(scored.length)}`
          : ''}
      </Text>
    </div>
  );
}
