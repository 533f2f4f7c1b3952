import { formatAgo, formatTime } from '../lib/format.js';
import { useNow } from '../lib/use-now.js';

/** A moment as distance from now; the exact time on hover. */
export function Ago({ at }: { at: string }) {
  const now = useNow(10_000);
  return (
    <time dateTime={at} title={formatTime(at)} style={{ whiteSpace: 'nowrap' }}>
      {formatAgo(at, now)}
    </time>
  );
}
