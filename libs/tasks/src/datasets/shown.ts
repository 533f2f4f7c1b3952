/** @file Examples as people read them: shortened texts by the name of their field. */
import { cutText, type DatasetRow } from '@rankforge/contracts';
import { shownMessages, shownTurns } from './conversations.js';
import type { Example } from './example.js';
import { fromBase64 } from './features.js';
import type { GradedRow } from './fields.js';
import type { DatasetHead, StoredExample } from './stored.js';

const shownCharacters = 500;

/** An example that is kept, as a person reads it. */
export function rowOf(
  { split, row, label, number, pixels, answers, evidence, origins, rows, messages, prompted, ...texts }: StoredExample,
  { classes, image }: DatasetHead,
): DatasetRow {
  const fields: Record<string, string> = { ...shownTexts(texts), ...shownConversation(messages, prompted) };
  if (rows !== undefined)
    fields.rows = shownRows(
      rows.map((row) => ({ ...row, features: row.features === undefined ? undefined : fromBase64(row.features) })),
    );
  if (answers !== undefined) fields.answers = listed(answers);
  if (evidence !== undefined) fields.evidence = listed(evidence);
  if (label !== undefined) fields.label = classes?.[label] ?? String(label);
  if (number !== undefined) fields.number = String(number);
  if (pixels !== undefined) fields.image = sizeOf(image!);
  return { split, row, fields: besideOrigins(fields, origins) };
}

/** Fields of an example, and the columns that say where it is from. One that is called as a field is says that it is a column. */
export const besideOrigins = (
  fields: Record<string, string>,
  origins: Record<string, string> = {},
): Record<string, string> => ({
  ...fields,
  ...Object.fromEntries(
    Object.entries(origins).map(([name, value]) => [Object.hasOwn(fields, name) ? `${name} (column)` : name, value]),
  ),
});

/** Fields of an example that are texts. */
export const shownTexts = (texts: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).map(([field, text]) => [field, shown(text)]));

/** A conversation, and the turns of it that are learned where these are not all an answer. */
export function shownConversation(messages: Example['fields']['messages'], prompted?: number): Record<string, string> {
  if (messages === undefined) return {};
  const learned = shownTurns({ messages, prompt: prompted ?? messages.length });
  return { messages: shown(shownMessages(messages)), ...(learned !== '' && { learned: shown(learned) }) };
}

/** Rows of a query; of numbers the first few. */
export const shownRows = (
  rows: readonly (Omit<GradedRow, 'features'> & { features?: Float32Array | undefined })[],
): string =>
  shown(rows.map(({ features, ...row }) => (features ? { ...row, features: [...features.subarray(0, 8)] } : row)));

/** Answers of a question, or texts of its evidence, side by side. */
export const listed = (answers: readonly string[]): string => shown(answers.join(' | '));

/** @example sizeOf({ width: 28, height: 28, channels: 1 }) // '28 × 28, grey' */
export const sizeOf = ({ width, height, channels }: { width: number; height: number; channels: number }) =>
  `${width} × ${height}, ${channels === 1 ? 'grey' : 'colour'}`;

/** A cell as text, of so many characters at most. */
export function shown(cell: unknown): string {
  const isNested = typeof cell === 'object' && cell !== null && !(cell instanceof Date);
  const text = isNested ? JSON.stringify(cell) : cell instanceof Date ? cell.toISOString() : String(cell ?? '');
  return text.length > shownCharacters ? `${cutText(text, shownCharacters)}…` : text;
}
