/** @file Estimates: what trainings would hold, predicted from the shapes of a model alone. */
import { z } from 'zod';
import { JsonObject, largestInt, unique, whole } from './bounds.js';
import { Slug } from './common.js';
import { EngineName } from './engine.js';
import { MemoryByPart } from './memory.js';
import { TrainingOptions } from './training-options.js';

/** Methods times ranks of one request; each is walked operation by operation. */
export const maxEstimateRows = 256;

/** What a request that names no methods counts as; the library has fewer that fine-tune. */
const allMethodsAtMost = 128;

/** More rows than this are no batch of one device. */
const largestBatch = 65_536;

/** Tokens of an example; more than any published model takes. */
const longestSequence = 2 ** 24;

export const CreateEstimate = z
  .strictObject({
    base: Slug.optional().meta({ description: 'A base model of this installation; or give `config`.' }),
    config: JsonObject.optional().meta({
      description: 'The content of a `config.json`, as Hugging Face writes it or as we do; no weights are needed.',
    }),
    methods: unique(Slug).optional().meta({ description: 'Default: all that fine-tune.' }),
    ranks: unique(whole(1)).optional().meta({ description: 'Default: that of each method.' }),
    targets: TrainingOptions.shape.targets,
    optimizer: Slug.default('adamw').meta({ description: 'In its default configuration.' }),
    engine: EngineName.default('wasm'),
    batch: whole(1, largestBatch).default(1).meta({ description: 'Examples of a forward pass.' }),
    sequence: whole(1, longestSequence)
      .optional()
      .meta({ description: 'Tokens of an example; default: 512, or all that a shorter model takes.' }),
    classes: whole(1, largestInt).optional().meta({
      description: 'Outputs of a head that is trained; default: the next token is predicted.',
    }),
    budget: z
      .number()
      .int()
      .min(1)
      .max(Number.MAX_SAFE_INTEGER)
      .optional()
      .meta({ description: 'Bytes that are to suffice.' }),
  })
  .superRefine(({ base, config, methods, ranks }, context) => {
    if ((base === undefined) === (config === undefined)) {
      const came = base === undefined ? 'neither came' : 'both came';
      context.addIssue({ code: 'custom', path: ['config'], message: `expected either base or config; ${came}` });
    }
    const count = methods?.length ?? allMethodsAtMost;
    if (count * (ranks?.length ?? 1) <= maxEstimateRows) return;
    const message = `${methods ? count : 'all'} methods at ${ranks?.length} ranks are too many rows: at most ${maxEstimateRows} are estimated at once`;
    context.addIssue({ code: 'custom', path: ['ranks'], message });
  })
  .meta({ id: 'CreateEstimate' });
export type CreateEstimate = z.infer<typeof CreateEstimate>;
export type CreateEstimateInput = z.input<typeof CreateEstimate>;

const Count = z.number().int();
const Rank = Count.nullable().meta({ description: 'Null where neither method nor optimizer has one.' });

export const EstimateRow = z
  .object({
    method: z.string(),
    rank: Rank,
    trainableParameters: Count,
    memory: MemoryByPart,
    fits: z.boolean().optional().meta({ description: 'Absent without a budget.' }),
    largest: z.object({ rank: Count.nullable(), batch: Count.nullable(), sequence: Count.nullable() }).optional().meta({
      description:
        'The largest number that fits while all else stays. Null: not even 1 fits, or there is no such number.',
    }),
    change: z
      .object({
        rank: Count.optional(),
        batch: Count.optional(),
        sequence: Count.optional(),
        total: Count.meta({ description: 'Bytes at the peak with the change.' }),
      })
      .nullable()
      .optional()
      .meta({
        description: 'Where the row does not fit: the change of lowest cost that makes it fit; null where none does.',
      }),
    beyondEngine: z.string().optional().meta({ description: 'Why the engines here cannot compute it.' }),
  })
  .meta({ id: 'EstimateRow', description: 'One method at one rank.' });
export type EstimateRow = z.infer<typeof EstimateRow>;

export const Estimate = z
  .object({
    profile: z
      .enum(['rankforge'])
      .meta({ description: 'Whose bytes they are: what an engine of this platform holds.' }),
    model: z.object({
      architecture: z.string(),
      parameters: Count,
      layers: Count,
      width: Count,
      targets: z.array(z.string()).meta({ description: 'Linear layers that an adapter can be put on.' }),
    }),
    optimizer: z.string(),
    targets: z.array(z.string()),
    engine: EngineName,
    batch: Count,
    sequence: Count,
    budget: Count.nullable(),
    rows: z.array(EstimateRow).meta({ description: 'The smallest peak first.' }),
    refused: z
      .array(z.object({ method: z.string(), rank: Rank, reason: z.string() }))
      .meta({ description: 'What cannot be trained, with the reason.' }),
  })
  .meta({ id: 'Estimate' });
export type Estimate = z.infer<typeof Estimate>;
