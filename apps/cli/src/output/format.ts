const mib = 2 ** 20;

export const formatMiB = (bytes: number | null | undefined): string =>
  bytes === null || bytes === undefined ? '–' : (bytes / mib).toFixed(1);

/** Three significant digits and a suffix: `24.6 k`. */
export function formatCount(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (value < 1000) return String(value);
  const [scale, suffix] = value < 1e6 ? [1e3, 'k'] : value < 1e9 ? [1e6, 'M'] : [1e9, 'G'];
  return `${Number((value / scale).toPrecision(3))} ${suffix}`;
}

export const formatNumber = (value: number | null | undefined, digits = 4): string =>
  value === null || value === undefined ? '–' : String(Number(value.toPrecision(digits)));

export function formatSeconds(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return '–';
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

export const formatTime = (iso: string | null): string => (iso ? iso.slice(0, 19).replace('T', ' ') : '–');
