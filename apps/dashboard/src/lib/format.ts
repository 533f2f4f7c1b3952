/** @file Numbers, bytes and times as people read them. */
import { learningRateText, probabilityText, scoreText } from '@rankforge/contracts';

const MISSING = '–';
const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** @example formatBytes(1_572_864) // '1.50 MiB' */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes == null) return MISSING;
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < byteUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : threeDigits(value)} ${byteUnits[unit]}`;
}

/**
 * The unit that suits values up to `bytes`, for an axis whose ticks are to be round in it.
 *
 * @example byteUnit(3_000_000) // { name: 'MiB', bytes: 1_048_576 }
 */
export function byteUnit(bytes: number): { name: string; bytes: number } {
  const power = Math.min(byteUnits.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  return { name: byteUnits[power]!, bytes: 1024 ** power };
}

/** A tick of an axis: as short as it can be. @example formatTick(4.50) // '4.5' */
export function formatTick(value: number): string {
  const magnitude = Math.abs(value);
  // Beyond trillions there is no shorter word, and a perplexity that diverged has hundreds of digits.
  if (magnitude >= 1e15) return Number(value.toPrecision(4)).toExponential();
  if (magnitude >= 10_000) return formatCount(value);
  if (magnitude > 0 && magnitude < 1e-3) return formatLearningRate(Number(value.toPrecision(3)));
  return String(Number(value.toPrecision(4)));
}

/** @example formatMiB(1536) // '1.50 GiB' */
export function formatMiB(mib: number): string {
  return formatBytes(mib * 1024 * 1024);
}

function threeDigits(value: number): string {
  const magnitude = Math.abs(value);
  return value.toFixed(magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : 2);
}

const integers = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** @example formatInteger(12345) // '12,345' */
export function formatInteger(value: number | null | undefined): string {
  return value == null ? MISSING : integers.format(value);
}

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** @example formatCount(1_234_567) // '1.23M' */
export function formatCount(value: number | null | undefined): string {
  return value == null ? MISSING : compact.format(value);
}

/** A measured value with four significant digits. @example formatMetric(3.40625) // '3.406' */
export function formatMetric(value: number | null | undefined): string {
  if (value == null) return MISSING;
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return '0';
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  if (magnitude < -4 || magnitude > 6) return value.toExponential(2);
  return value.toFixed(Math.min(6, Math.max(0, 3 - magnitude)));
}

/** An interval with the decimals of its score. */
export function formatInterval([low, high]: readonly [number, number], decimals: number): string {
  return `${scoreText(low, decimals)} – ${scoreText(high, decimals)}`;
}

/** @example formatLearningRate(0.0003) // '3e-4' */
export const formatLearningRate = learningRateText;

/** @example formatProbability(0.00004) // '< 0.0001' */
export const formatProbability = probabilityText;

/** @example formatDuration(3725) // '1 h 2 min' */
export function formatDuration(seconds: number | null | undefined): string {
  if (seconds == null) return MISSING;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function formatMilliseconds(ms: number | null | undefined): string {
  if (ms == null) return MISSING;
  return ms < 1000 ? `${threeDigits(ms)} ms` : formatDuration(ms / 1000);
}

// With the zone, which the styles of Intl do not combine with.
const timeOfDay = { hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short' } as const;
const absolute = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', ...timeOfDay });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** @example formatTime('2026-01-01T09:30:05Z') // '1 Jan 2026, 09:30:05 UTC' */
export function formatTime(iso: string): string {
  return absolute.format(new Date(iso));
}

const clock = new Intl.DateTimeFormat('en-GB', timeOfDay);

/** The time of day. @example formatClock(Date.parse('2026-01-01T09:30:05')) // '09:30:05 UTC' */
export function formatClock(milliseconds: number): string {
  return clock.format(milliseconds);
}

/** @example formatAgo('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:02:00Z')) // '2 minutes ago' */
export function formatAgo(iso: string, now: number): string {
  const seconds = Math.min(0, (Date.parse(iso) - now) / 1000);
  const past = -seconds;
  if (past < 5) return 'just now';
  if (past < 60) return relative.format(Math.round(seconds), 'second');
  if (past < 3600) return relative.format(Math.round(seconds / 60), 'minute');
  if (past < 86_400) return relative.format(Math.round(seconds / 3600), 'hour');
  return relative.format(Math.round(seconds / 86_400), 'day');
}

/** @example formatDeviation(-0.08) // '−8.0 %' */
export function formatDeviation(share: number): string {
  return `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(1)} %`;
}

/** A share, rounded down: 100 % says that nothing is left. @example formatPercent(29 / 50) // '58 %' */
export function formatPercent(fraction: number): string {
  const percent = fraction * 100;
  if (percent > 0 && percent < 1) return '< 1 %';
  // 100 · 0.58 is less than 58 in floating point.
  return `${Math.floor(percent + 1e-9)} %`;
}
