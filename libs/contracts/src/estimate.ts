/** @file Estimates: what trainings would hold, predicted from the shapes of a model alone. */
import { z } from 'zod';
import { JsonObject, largestInt, text, unique, whole } from './bounds.js';
import { Slug } from './common.js';
import { EngineName } from './engine.js';
import { MemoryByPart } from './memory.js';
import { attentions, baseDtypes, checkpointings, computeDtypes, torchSetup } from './training-names.js';
import { TrainingOptions } from './training-options.js';

/** Methods times ranks of one request; each is walked operation by operation. */
export const maxEstimateRows = 256;

/** The number of methods of a request that names none; the library has fewer that fine-tune. */
const allMethodsAtMost = 128;

/** More rows than this are no batch of one device. */
const largestBatch = 65_536;

/** Tokens of an example; more than any published model takes. */
const longestSequence = 2 ** 24;

export const TorchSetup = z
  .strictObject({
    adapters: z.enum(torchSetup.adapters).default('float32').meta({
      description: 'Type of adapters: peft makes them float32, or leaves them in that of the model.',
    }),
    prepared: z.boolean().default(true).meta({
      description:
        'A base in int8 or nf4 is prepared by `prepare_model_for_kbit_training`: tables, head, norms and the residual stream are float32.',
    }),
    doubleQuantization: z.boolean().default(true).meta({
      description: 'Scales of nf4 are quantized too: `bnb_4bit_use_double_quant`.',
    }),
    autocast: z.boolean().optional().meta({
      description: '`torch.autocast` to bfloat16. Default: where the base is prepared.',
    }),
    attention: z.enum(torchSetup.attention).default('sdpa').meta({ description: 'Implementation of attention.' }),
    padded: z.boolean().default(true).meta({ description: 'Batches are padded, so that attention gets a mask.' }),
    logits: z.enum(torchSetup.logits).default('float32').meta({ description: 'Type in which the loss is computed.' }),
    loss: z.enum(torchSetup.loss).default('whole').meta({
      description: "`fused`: Liger's linear cross-entropy, which makes the logits of some tokens at a time.",
    }),
    update: z.enum(torchSetup.update).default('foreach').meta({
      description: 'How the optimizer runs; those of bitsandbytes are of adamw alone.',
    }),
    gpus: whole(1, 1024).optional().meta({
      description:
        'Cards that train together, each with a batch of its own; the answer is what each holds. Default: 1.',
    }),
    shard: z.enum(torchSetup.shard).optional().meta({
      description:
        'How several cards part what they hold: optimizer states in zero1, gradients too in zero2, parameters too in zero3 and fsdp. Default: ddp, where each holds all.',
    }),
  })
  .meta({ id: 'TorchSetup' });

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
    checkpointing: z.enum(checkpointings).optional().meta({
      description:
        'Blocks that are run again in the backward pass. Default: none; `block` where torch prepares a quantized base.',
    }),
    attention: z.enum(attentions).optional().meta({
      description:
        'How an engine of this platform holds scores of attention; default: chunked above 512 tokens. That of torch is in `torch`.',
    }),
    computeDtype: z.enum(computeDtypes).optional().meta({
      description:
        'Type of products with frozen kernels on an engine of this platform; default: float32. `tensorflow` and `torch` take `bfloat16`.',
    }),
    dtype: z.enum(baseDtypes).optional().meta({
      description: 'Type of the kernels of the base; default: float32, and in torch bfloat16.',
    }),
    torch: TorchSetup.optional().meta({
      description: 'Asks for the bytes of transformers and peft on CUDA; absent: those of an engine of this platform.',
    }),
    batch: whole(1, largestBatch).default(1).meta({ description: 'Examples of a forward pass.' }),
    sequence: whole(1, longestSequence)
      .optional()
      .meta({ description: 'Tokens of an example; default: 512, or all that a shorter model takes.' }),
    classes: whole(1, largestInt).optional().meta({
      description:
        'Outputs of a head that is trained; default: none where the model gives outputs without one, as the next token, and 2 elsewhere.',
    }),
    budget: z
      .number()
      .int()
      .min(1)
      .max(Number.MAX_SAFE_INTEGER)
      .optional()
      .meta({ description: 'Bytes that are to suffice.' }),
    gpu: text(64).min(1).optional().meta({
      description:
        'A card whose memory is to suffice, e.g. `rtx-4090`, in the place of `budget`. Of `torch`; without either, each row names the cards that hold it.',
    }),
    accumulate: whole(1, largestBatch).optional().meta({
      description: 'Forward passes of one optimizer step, whose gradients are added up; default: 1.',
    }),
    examples: whole(1).optional().meta({ description: 'Examples of an epoch, for the time of one on `gpu`.' }),
    prices: z
      .record(Slug, z.number().positive().max(1e6))
      .refine((prices) => Object.keys(prices).length <= 64, 'at most 64 prices')
      .optional()
      .meta({ description: 'The price of an hour of a card, by its name: cheaper cards are named first.' }),
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

const Between = z.object({ low: z.number(), high: z.number() });
const Interval = z
  .object({ low: Count, high: Count })
  .meta({ id: 'ByteInterval', description: 'Bytes, between which 95 of 100 runs are to lie.' });

export const EstimateRow = z
  .object({
    method: z.string(),
    rank: Rank,
    trainableParameters: Count,
    memory: MemoryByPart,
    fits: z.boolean().nullable().optional().meta({
      description: 'Absent without a budget. Null: uncertain, as the budget lies within the interval of `reserved`.',
    }),
    largest: z.object({ rank: Count.nullable(), batch: Count.nullable(), sequence: Count.nullable() }).optional().meta({
      description:
        'The largest number that fits while all else stays. Null: not even 1 fits, or there is no such number.',
    }),
    changes: z
      .array(
        z
          .object({
            rank: Count.optional(),
            batch: Count.optional(),
            attention: z.enum([...attentions, ...torchSetup.attention]).optional(),
            checkpointing: z.enum(checkpointings).optional(),
            dtype: z.enum(baseDtypes).optional(),
            sequence: Count.optional(),
            gpus: Count.optional(),
            shard: z.enum(torchSetup.shard).optional(),
            total: Count.meta({ description: 'Bytes at the peak with the change; of torch those reserved at most.' }),
          })
          .meta({ id: 'EstimateChange' }),
      )
      .optional()
      .meta({
        description:
          'Changes of which each makes a row fit that does not for certain, that of lowest cost first; empty where none does.',
      }),
    torch: z
      .object({
        steady: Count.meta({ description: 'Bytes allocated between two steps.' }),
        reserved: Count.meta({
          description: 'Bytes that the allocator takes from the driver.',
        }),
        intervals: z
          .object({ allocated: Interval, reserved: Interval, steady: Interval })
          .meta({ description: 'Bounds of each; a budget is held to those of `reserved`.' }),
        paged: Count.meta({ description: 'Bytes of optimizer state in paged memory.' }),
        moment: z.enum(['loss', 'block', 'update']).meta({ description: 'The moment of the peak.' }),
      })
      .optional()
      .meta({ description: 'Bytes in torch beside `memory`, which is what is allocated at the peak.' }),
    time: z.object({ step: Between, epoch: Between.optional() }).optional().meta({
      description:
        'Seconds of a step on `gpu` and hours of an epoch, where 20 to 50 % of its rate of products is reached: an assumption.',
    }),
    cards: z.array(z.string()).optional().meta({
      description: 'Names of the cards that hold it, the cheapest first of those with a price, then the smallest.',
    }),
    beyondEngine: z.string().optional().meta({ description: 'Why the engines here cannot compute it.' }),
  })
  .meta({ id: 'EstimateRow', description: 'One method at one rank.' });
export type EstimateRow = z.infer<typeof EstimateRow>;

const CardBytes = z
  .object({
    name: z.string(),
    title: z.string(),
    bytes: Count.meta({ description: 'Bytes of its memory, by its data sheet.' }),
    overhead: Count.meta({
      description: 'Bytes that driver, CUDA context and libraries are assumed to take: no measurement.',
    }),
    left: Count.meta({ description: 'Bytes that are left for what torch reserves.' }),
  })
  .meta({ id: 'CardBytes' });

export const Estimate = z
  .object({
    profile: z.enum(['rankforge', 'torch']).meta({
      description: 'Whose bytes they are: what an engine of this platform holds, or transformers and peft on CUDA.',
    }),
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
    checkpointing: z.enum(checkpointings),
    attention: z.enum(attentions).optional().meta({ description: 'Absent: chunked above 512 tokens.' }),
    computeDtype: z
      .enum(computeDtypes)
      .optional()
      .meta({ description: 'Absent: float32, and in torch as it is set up.' }),
    dtype: z.enum(baseDtypes),
    torch: TorchSetup.optional(),
    batch: Count,
    sequence: Count,
    accumulate: Count.meta({ description: 'Forward passes of one optimizer step.' }),
    classes: Count.nullable().meta({
      description: "Outputs of a head that is trained; null where the model's own are, as the next token.",
    }),
    notes: z.array(z.string()).meta({ description: 'Sentences on the model that a reader of the rows must know.' }),
    budget: Count.nullable(),
    card: CardBytes.optional().meta({ description: 'The card that was asked about: `budget` is what is left of it.' }),
    cards: z.array(CardBytes).optional().meta({ description: 'Cards that rows name, in their order.' }),
    mostBytes: Count.nullable().meta({
      description:
        'Bytes that a process of the engine can hold under any budget: rows fit within these too. Null where its device alone says.',
    }),
    rows: z.array(EstimateRow).meta({ description: 'The smallest peak first.' }),
    refused: z
      .array(
        z.object({
          method: z.string(),
          rank: Rank,
          reason: z.string(),
          field: z.string().optional().meta({
            description: 'The field that is to be changed, as in a sweep and its training, where there is one.',
          }),
        }),
      )
      .meta({ description: 'Methods that cannot be trained, with the reason.' }),
  })
  .meta({ id: 'Estimate' });
export type Estimate = z.infer<typeof Estimate>;

/** Characters of a configuration of another tool. */
export const longestToolText = 65_536;

const { base, config, budget, gpu, prices, examples } = CreateEstimate.shape;

export const CreateFileEstimate = z
  .strictObject({
    file: text(longestToolText).min(1).meta({
      description: 'The configuration of axolotl, LLaMA-Factory, TRL or peft: the text of a file in YAML or JSON.',
    }),
    adapter: JsonObject.optional().meta({
      description: 'The `adapter_config.json` beside a file that has none itself.',
    }),
    base: base.meta({ description: 'A base model of this installation, in the place of the one that the file names.' }),
    config: config.meta({
      description: 'The `config.json` of the base, where the file names one that is not known here.',
    }),
    budget,
    gpu,
    prices,
    examples,
    gpus: TorchSetup.shape.gpus,
    shard: TorchSetup.shape.shard,
  })
  .refine((asked) => asked.base === undefined || asked.config === undefined, {
    path: ['config'],
    message: 'expected either base or config; both came',
  })
  .meta({ id: 'CreateFileEstimate' });
export type CreateFileEstimate = z.infer<typeof CreateFileEstimate>;
export type CreateFileEstimateInput = z.input<typeof CreateFileEstimate>;

const ToolKeys = z.array(
  z
    .object({
      key: z.string(),
      line: Count.optional().meta({ description: 'Absent of what does not stand in the file.' }),
    })
    .meta({ id: 'ToolKey' }),
);

export const FileEstimate = z
  .object({
    file: z.object({
      tool: z.string(),
      title: z.string(),
      base: z.string().optional().meta({ description: 'The base that the file names.' }),
      read: ToolKeys.meta({ description: 'Keys that the estimate follows from.' }),
      ignored: ToolKeys.meta({ description: 'Keys that are known to be without bearing, or off.' }),
      notRead: ToolKeys.meta({ description: 'Keys that are not known.' }),
      without: z.string().optional().meta({
        description: 'What the tool switches on by itself and the estimate leaves out of account.',
      }),
    }),
    estimate: Estimate,
  })
  .meta({ id: 'FileEstimate' });
export type FileEstimate = z.infer<typeof FileEstimate>;
