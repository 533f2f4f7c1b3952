/** @file Rows of numbers: all of one length, scaled within their query where that is asked for, and how they are kept. */
import { DatasetError } from './dataset-error.js';
import type { Example } from './example.js';
import { limits, type Source } from './source.js';

/**
 * Examples whose rows have as many numbers as the longest, zeros after those that are there; others as they are.
 *
 * @throws DatasetError for more numbers, these zeros included, than are read
 */
export function withFeatures(examples: readonly Example[], { name }: Source, isNormalised = false): readonly Example[] {
  if (examples[0]?.fields.rows?.[0]?.features === undefined) return examples;
  const ofRows = examples.flatMap(({ fields: { rows } }) => rows!.map(({ features }) => features!.length));
  const count = ofRows.reduce((most, length) => Math.max(most, length), 0);
  if (ofRows.length * count > limits.featureNumbers) {
    const problem = `${ofRows.length} rows of ${count} numbers; at most ${limits.featureNumbers} are read in all rows together: leave rows or features out`;
    throw new DatasetError(name, undefined, '/mapping/features', problem);
  }
  for (const { fields } of examples) {
    const rows = fields.rows!.map(({ features }) => padded(features!, count));
    if (isNormalised) scaleWithin(rows, count);
    fields.rows!.forEach((row, at) => {
      row.features = rows[at]!;
    });
  }
  return examples;
}

function padded(features: Float32Array, count: number): Float32Array {
  if (features.length === count) return features;
  const whole = new Float32Array(count);
  whole.set(features);
  return whole;
}

/** Brings each number to `(number − least) / (largest − least)` over these rows; 0 where all are equal. */
function scaleWithin(rows: readonly Float32Array[], count: number): void {
  for (let feature = 0; feature < count; feature++) {
    let [least, largest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const row of rows) {
      least = Math.min(least, row[feature]!);
      largest = Math.max(largest, row[feature]!);
    }
    for (const row of rows) row[feature] = largest > least ? (row[feature]! - least) / (largest - least) : 0;
  }
}

/** Numbers as float32, little-endian, in base64. */
export function toBase64(numbers: Float32Array): string {
  const bytes = Buffer.alloc(4 * numbers.length);
  numbers.forEach((number, at) => {
    bytes.writeFloatLE(number, 4 * at);
  });
  return bytes.toString('base64');
}

export function fromBase64(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  return Float32Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(4 * at));
}
