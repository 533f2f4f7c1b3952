/** @file JSON as Python writes it, which has numbers that JSON has not. */
import { parseJson } from '@rankforge/contracts';
import { CommandError, exitCode } from '../exit-codes.js';

/** A text, which is kept, or a number that is not finite. */
const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\b(?:NaN|Infinity)\b/gs;

/**
 * A value of JSON in which `NaN` and `Infinity` are null.
 * @param where named by the error
 * @throws CommandError where the text is no JSON
 * @example pythonJson('{"score": NaN, "note": "NaN"}', 'a.json') // { score: null, note: 'NaN' }
 */
export function pythonJson(text: string, where: string): unknown {
  try {
    return parseJson(text.replace(stringOrNumber, (found) => (found.startsWith('"') ? found : 'null')));
  } catch (cause) {
    throw new CommandError(`${where}: ${(cause as Error).message}`, exitCode.usage, { cause });
  }
}
