/** @file Values of a setting as places on an axis of numbers, so that every scale is drawn and labelled alike. */
import { compareValues, endsOf, type SettingValue, type SweepSettings } from '@rankforge/contracts';
import { formatTick } from '../../lib/format.js';

type Setting = SweepSettings['settings'][number];

export interface SettingAxis {
  min: number;
  max: number;
  /** Places that have a label. Undefined: those that the chart takes. */
  ticks: number[] | undefined;
  placeOf(value: SettingValue): number;
  /** The value at a place, in words. */
  label(place: number): string;
}

/** More values than these have no label each. */
const labelsAtMost = 8;

/** Room at both ends, as a share of the axis. */
const margin = 0.06;

/**
 * @param values that were tried
 * @example settingAxis({ name: 'learningRate', scale: 'log' }, [0.001, 0.01]).placeOf(0.001) // -3
 */
export function settingAxis({ scale }: Pick<Setting, 'scale'>, values: readonly SettingValue[]): SettingAxis {
  const distinct = [...new Set(values)].sort(compareValues);
  if (scale === 'list') {
    const last = distinct.length - 1;
    return {
      ...padded(0, Math.max(last, 1)),
      ticks: distinct.map((_, index) => index),
      placeOf: (value) => distinct.indexOf(value),
      label: (place) => String(distinct[Math.round(place)] ?? ''),
    };
  }
  const placeOf = (value: SettingValue) => (scale === 'log' ? Math.log10(Number(value)) : Number(value));
  const valueAt = (place: number) => (scale === 'log' ? 10 ** place : place);
  const places = distinct.map(placeOf);
  const [low, high] = endsOf(places);
  const few = distinct.length <= labelsAtMost;
  return {
    ...padded(low, high > low ? high : low + 1),
    ticks: few ? places : scale === 'log' ? powersWithin(low, high) : undefined,
    placeOf,
    label: (place) => formatTick(Number(valueAt(place).toPrecision(few ? 6 : 3))),
  };
}

const padded = (low: number, high: number) => ({ min: low - margin * (high - low), max: high + margin * (high - low) });

/** Powers of ten between two places; the ends where there are fewer than two. */
function powersWithin(low: number, high: number): number[] {
  const first = Math.ceil(low - 1e-9);
  const powers = Array.from({ length: Math.max(0, Math.floor(high + 1e-9) - first + 1) }, (_, index) => first + index);
  return powers.length < 2 ? [low, high] : powers;
}
