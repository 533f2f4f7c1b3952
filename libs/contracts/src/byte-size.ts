/** @file Sizes as people write them, e.g. 24GiB. */

/** A letter alone means the units that memory is built in: a card of 24G has 24 GiB. */
const units: Readonly<Record<string, number>> = {
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
  M: 2 ** 20,
  G: 2 ** 30,
  T: 2 ** 40,
};

/** The form of a size, for messages. */
export const byteSizeForm = `a size such as 24GiB, in one of ${Object.keys(units).join(', ')}`;

/**
 * Whole bytes of a size; undefined where the text is none.
 *
 * @example bytesOfSize('24 GiB') // 25_769_803_776
 */
export function bytesOfSize(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/.exec(text.trim()) ?? [];
  const bytes = Math.floor(Number(number) * (units[unit] ?? Number.NaN));
  return bytes >= 1 && Number.isSafeInteger(bytes) ? bytes : undefined;
}
