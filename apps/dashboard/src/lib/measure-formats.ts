import type { Formats } from '@rankforge/contracts';
import { formatBytes, formatCount, formatDuration, formatInteger, formatMetric, formatMilliseconds } from './format.js';

/** Numbers of measures as the page writes them. */
export const formats: Formats = {
  count: formatCount,
  integer: formatInteger,
  bytes: formatBytes,
  milliseconds: formatMilliseconds,
  seconds: formatDuration,
  number: formatMetric,
};
