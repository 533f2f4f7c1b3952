/** @file Scores of units as a file: examples that lie with a client are scored there, and the server joins what clients found. */
import { type EvaluateInput, type Evaluation, evaluate } from '@rankforge/peft';
import { anyNumber, evaluationOf, fromJson, subsetOf, toJson, type UnitScores } from '@rankforge/peft/extension';
import { z } from 'zod';
import type { Partition } from './partition.js';

const fileSchema = z.object({
  format: z.literal('rankforge-scores-1'),
  of: z.string(),
  client: z.string(),
  columns: z.record(z.string(), z.array(anyNumber)),
});

/** Whose scores a file holds: `of` names what was scored. */
export interface ScoresPlace {
  of: string;
  client: string;
}

/** Scores of a client's units as a file: numbers, and no word of an example. */
export const writeScores = ({ of, client }: ScoresPlace, { columns }: Pick<UnitScores, 'columns'>): Uint8Array =>
  new TextEncoder().encode(
    toJson({
      format: 'rankforge-scores-1',
      of,
      client,
      columns: Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, [...values]])),
    } satisfies z.infer<typeof fileSchema>),
  );

/**
 * Scores the units of one client in a split, where they lie.
 *
 * @param indices places of its units in the split
 * @throws Error, RangeError as `evaluate`
 */
export async function scoreClient(
  input: EvaluateInput,
  { indices, ...place }: ScoresPlace & { indices: readonly number[] },
): Promise<Uint8Array> {
  const { data, split } = input;
  return writeScores(place, await evaluate({ ...input, data: { ...data, [split]: subsetOf(data[split], indices) } }));
}

/**
 * Joins the scores of all clients to those of the whole split, as one process that had all examples would have them.
 *
 * @param parts places of each client's units in the split
 * @param files by client
 * @throws Error naming a client whose file is missing, of something else, or of another number of units
 */
export function joinScores(
  objective: UnitScores['objective'],
  parts: Partition,
  { of, files }: { of: string; files: ReadonlyMap<string, Uint8Array> },
): Evaluation {
  const size = [...parts.values()].reduce((sum, { length }) => sum + length, 0);
  const columns: Record<string, Float64Array> = {};
  for (const [client, indices] of parts) {
    const file = files.get(client);
    if (!file) throw new Error(`${client} left no scores of its ${indices.length} examples`);
    const read = fileSchema.parse(fromJson(new TextDecoder().decode(file)));
    if (read.of !== of || read.client !== client) {
      throw new Error(`the scores are of ${read.client} in ${read.of}, and those of ${client} in ${of} are waited for`);
    }
    for (const [name, values] of Object.entries(read.columns)) {
      if (values.length !== indices.length) {
        throw new Error(`${client} scored ${values.length} examples, and has ${indices.length}`);
      }
      columns[name] ??= new Float64Array(size);
      for (const [place, index] of indices.entries()) columns[name][index] = values[place]!;
    }
  }
  return evaluationOf({ objective, columns });
}
