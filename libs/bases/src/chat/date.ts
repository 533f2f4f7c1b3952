/** @file The day that chat templates are told: always the same, so that a trial gives the same numbers on any day. */

/** The day that Llama 3's templates name where nobody tells them one. */
export const chatDate = '2024-07-26';

const months = 'January February March April May June July August September October November December'.split(' ');
const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

const two = (number: number): string => String(number).padStart(2, '0');

/** Parts of a format of Python's `strftime`. */
const parts: Readonly<Record<string, (date: Date) => string>> = {
  '%Y': (date) => String(date.getUTCFullYear()),
  '%y': (date) => two(date.getUTCFullYear() % 100),
  '%m': (date) => two(date.getUTCMonth() + 1),
  '%d': (date) => two(date.getUTCDate()),
  '%B': (date) => months[date.getUTCMonth()]!,
  '%b': (date) => months[date.getUTCMonth()]!.slice(0, 3),
  '%A': (date) => days[date.getUTCDay()]!,
  '%a': (date) => days[date.getUTCDay()]!.slice(0, 3),
  '%H': (date) => two(date.getUTCHours()),
  '%M': (date) => two(date.getUTCMinutes()),
  '%S': (date) => two(date.getUTCSeconds()),
  '%%': () => '%',
};

/**
 * The beginning of the day `chatDate` as `strftime` of Python writes it in English.
 *
 * @throws RangeError for a part that is not known
 * @example dayAs('%d %b %Y') // '26 Jul 2024'
 */
export function dayAs(format: string): string {
  const date = new Date(`${chatDate}T00:00:00Z`);
  return format.replace(/%-?[a-zA-Z%]/g, (part) => {
    const write = parts[part];
    if (write) return write(date);
    throw new RangeError(`asks for the date by ${part}; known are ${Object.keys(parts).join(' ')}`);
  });
}
