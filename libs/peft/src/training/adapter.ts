/**
 * @file A trained adapter as a safetensors file: trained tensors, frozen adapter tensors, and in the metadata what is
 * needed to put them back into the same base.
 */
import { z } from 'zod';
import { SafetensorsError } from '../io/errors.js';
import { fromJson } from '../io/json.js';
import { openSafetensors } from '../io/open.js';
import { readSafetensors, writeSafetensors } from '../io/safetensors.js';
import type { HostTensor } from '../method.js';
import { type ApartOptions, apartOf, writtenApart } from '../models/apart.js';
import { baseDtypes } from '../tensor/base-dtypes.js';
import { toHost } from '../tensor/host.js';
import { requireFinite } from './diverged.js';
import type { StoredTrial } from './first-values.js';
import type { TrialModel } from './trial.js';

const FORMAT = 'rankforge-adapter-1';

const adapterInfoSchema = z.object({
  format: z.literal(FORMAT),
  method: z.string(),
  /** The method's parsed configuration. */
  config: z.unknown(),
  targets: z.array(z.string()),
  classes: z.int().positive().optional(),
  /** Set where a head was trained, as the two below: what for. Absent with a head: an earlier version wrote the file, and kept neither. */
  objective: z.string().optional(),
  /** Set where the head answers in numbers: `mean + deviation · answer` is the number itself. */
  unit: z.object({ mean: z.number(), deviation: z.number().positive() }).optional(),
  /** Names of the head's classes in the order of their ids. */
  labels: z.array(z.string()).optional(),
  /** First values that are not stored (a kernel that the init replaced, a random base) follow from it. */
  seed: z.int(),
  /** Type of the base's kernels, where they were packed. */
  baseDtype: z.enum(baseDtypes).optional(),
  /** Set where query and text of a row had places of their own: see `Apart`. */
  apartBlocks: z.int().positive().optional(),
  queryTokens: z.int().positive().optional(),
  titleWithQuery: z.literal(true).optional(),
  /** Set where the base's weights were random at the start: see `randomBase`. */
  initial: z.literal('random').optional(),
  /** Rank of each targeted layer by path, where ranks were allocated. */
  ranks: z.record(z.string(), z.int().min(0)).optional(),
  /** Set where the adapter is of queries, and documents are encoded by the values before training: see `FixedEncoder`. */
  fixed: z.object({ feedback: z.int().min(0) }).optional(),
  /** Set where queries are asked by a recipe: its name and its configuration. */
  asked: z.object({ recipe: z.string(), config: z.unknown() }).optional(),
});

export type AdapterInfo = Omit<z.output<typeof adapterInfoSchema>, 'format'>;

/** The field of the metadata of a file that holds several adapters: the metadata of each. */
export const SET_FIELD = 'adapters';

/** First values have their path behind this. */
const FIRST = 'first:';
/** So have values before training. */
const BEFORE = 'before:';

/**
 * The adapter of a trial as it stands.
 *
 * @param step how many are done
 * @throws DivergedError if a tensor is not finite, and names it
 */
export async function writeAdapter(
  trial: TrialModel,
  step: number,
  info: Omit<AdapterInfo, 'ranks' | 'fixed' | 'asked'>,
): Promise<Uint8Array> {
  const tensors = await toHost(new Map([...trial.trained(), ...trial.frozen()]));
  requireFinite(tensors, step);
  for (const [path, value] of trial.first()) tensors.set(`${FIRST}${path}`, value);
  if (trial.fixed) {
    for (const [path, value] of await toHost(trial.reference())) tensors.set(`${BEFORE}${path}`, value);
  }
  const { fixed, asked: by, plan } = trial;
  const { ranks } = plan;
  const asked = by && { recipe: by.recipe.name, config: by.config };
  return encodeAdapter(tensors, {
    ...info,
    ...(ranks ? { ranks: { ...ranks } } : {}),
    ...(fixed && { fixed }),
    ...(asked && { asked }),
  });
}

/** The file of an adapter whose tensors are on the host: trained tensors, frozen ones, and first values. */
export function encodeAdapter(tensors: ReadonlyMap<string, HostTensor>, info: AdapterInfo): Uint8Array {
  const { method, config, targets, classes, seed, baseDtype, initial, ranks, fixed, asked } = info;
  const { objective, unit, labels, apartBlocks, queryTokens, titleWithQuery } = info;
  const encoding = { baseDtype, apartBlocks, queryTokens, titleWithQuery };
  const head = { classes, objective, unit, labels };
  const trial = { format: FORMAT, method, config, targets, ...head, seed, ...encoding, initial, ranks, fixed, asked };
  return writeSafetensors(tensors, { format: FORMAT, trial: JSON.stringify(trial) });
}

/** @throws SafetensorsError if the bytes are not an adapter */
export function readAdapter(bytes: Uint8Array): { info: AdapterInfo } & StoredTrial {
  const { tensors: all, metadata } = readSafetensors(bytes, 'adapter');
  const info = parseMetadata(metadata, 'trial', adapterInfoSchema, 'adapter');
  const tensors = new Map<string, HostTensor>();
  const first = new Map<string, HostTensor>();
  const before = new Map<string, HostTensor>();
  for (const [path, value] of all) {
    if (path.startsWith(FIRST)) first.set(path.slice(FIRST.length), value);
    else if (path.startsWith(BEFORE)) before.set(path.slice(BEFORE.length), value);
    else tensors.set(path, value);
  }
  return { info, tensors, first, ranks: info.ranks, ...(info.fixed && { before }) };
}

/**
 * Reads what an adapter file says of itself, without its tensors.
 *
 * @throws SafetensorsError if the file is not an adapter
 */
export async function readAdapterInfo(file: string): Promise<AdapterInfo> {
  const { metadata } = await openSafetensors(file);
  return parseMetadata(metadata, 'trial', adapterInfoSchema, file);
}

/** Why an adapter cannot stand for one model, for people; undefined where it can. */
export const twoEncoders = ({ fixed }: Pick<AdapterInfo, 'fixed'>): string | undefined =>
  fixed && 'it encodes queries alone, and documents are encoded by the model as it was before training';

/** Why the base's architecture with other weights is not what an adapter makes of it, for people; undefined where it is. */
export const encodedApart = (info: ApartOptions): string | undefined => {
  const apart = apartOf(info);
  if (apart === undefined) return undefined;
  const { queryTokens, blocks, titleWithQuery } = apart;
  const parts = titleWithQuery ? 'queries with titles' : 'queries';
  const encodes =
    blocks > 0 ? `, and encodes query and text apart in ${blocks} ${blocks === 1 ? 'block' : 'blocks'}` : '';
  return `it reads ${parts} in the first ${queryTokens} places of a row${encodes}, which no weight says`;
};

/** The facts of an adapter that a plan needs besides its base and its method. */
export function adapterPlan({ config, targets, classes, ranks, baseDtype, initial, ...encoding }: AdapterInfo) {
  return {
    config,
    targets,
    ...(classes === undefined ? {} : { classes }),
    ...(ranks ? { ranks } : {}),
    ...(baseDtype && { baseDtype }),
    ...writtenApart(encoding),
    ...(initial && { initial }),
  };
}

/** JSON in one metadata field, checked by a schema. */
export function parseMetadata<S extends z.ZodType>(
  metadata: Record<string, string>,
  field: string,
  schema: S,
  file: string,
): z.output<S> {
  const text = metadata[field];
  if (text === undefined && metadata[SET_FIELD] !== undefined) {
    throw new SafetensorsError(
      file,
      'it holds an adapter for each client of a federation, and one adapter is asked for',
    );
  }
  if (text === undefined) {
    throw new SafetensorsError(file, `metadata lacks the field ${field}`);
  }
  try {
    return schema.parse(fromJson(text));
  } catch (cause) {
    throw new SafetensorsError(file, `metadata field ${field} is not valid: ${(cause as Error).message}`, { cause });
  }
}
