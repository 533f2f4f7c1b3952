/**
 * @file Lines between a worker and a runner, which trains in another process and another language. docs/runner-protocol.md and the
 * types of Python are made from these schemas. Fields that are not here are ignored, and other types are refused.
 */
import { z } from 'zod';
import { type MemoryPart, memoryParts } from './memory.js';
import { computeDtypes, sharded } from './training-names.js';

/** Raised with every change that an older runner, or an older worker, cannot read. */
export const runnerVersion = 1;

/** Longest line in bytes; a longer one ends the conversation. */
export const longestRunnerLine = 1024 * 1024;

/** Seconds between two signs of life. */
export const runnerAliveSeconds = 5;

const Count = z.int().min(0);
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const Path = z.string().min(1).max(4096);

export const RunnerFile = z
  .object({ path: Path.meta({ description: 'Absolute.' }), sha256: Sha256 })
  .meta({ id: 'RunnerFile', description: 'A file with its digest. Whoever reads it refuses another content.' });
export type RunnerFile = z.infer<typeof RunnerFile>;

export const runnerDtypes = ['float32', 'bfloat16', 'int8', 'nf4'] as const;

const RunnerBase = z
  .object({
    path: Path.meta({ description: 'A folder with `config.json` and safetensors, as transformers reads it.' }),
    sha256: Sha256.meta({
      description: 'Names what is in the folder: a base that is open with the same one serves again.',
    }),
    dtype: z.enum(runnerDtypes).meta({
      description:
        'Type in which the base is held: of 8 or 4 bits in the linear layers of blocks alone, in bfloat16 else.',
    }),
    computeDtype: z.enum(computeDtypes).optional().meta({
      description: 'bfloat16: products of matrices are in it. Default: in the type that the base is held in.',
    }),
    doubleQuantization: z
      .boolean()
      .optional()
      .meta({ description: 'True if scales of nf4 are packed too. Default: true.' }),
    attention: z.enum(['eager', 'sdpa']),
    checkpointing: z.boolean().meta({ description: 'Blocks run again in the backward pass.' }),
  })
  .meta({ id: 'RunnerBase' });

export const runnerLosses = ['tokenCrossEntropy', 'crossEntropy', 'squaredError'] as const;

const RunnerTask = z
  .object({
    loss: z.enum(runnerLosses).meta({
      description:
        '`tokenCrossEntropy`: mean over the tokens of all micro-batches of a step whose target is not −1. `crossEntropy` and `squaredError`: mean over their rows.',
    }),
    outputs: z.int().positive().nullable().meta({
      description: 'Outputs of the head that is trained; null where the base predicts tokens with its own.',
    }),
    writing: z
      .object({ ends: z.array(Count).min(1), tokens: z.int().positive() })
      .optional()
      .meta({
        description:
          'Where answers are written: after each prompt the likeliest next token each time, up to one of `ends`, which is left out, or `tokens` of them.',
      }),
  })
  .meta({ id: 'RunnerTask' });

const RunnerDevice = z
  .object({
    kind: z.enum(['cpu', 'cuda']),
    uuid: z.string().nullable().meta({ description: 'The UUID of the card; null on the cores.' }),
    threads: z.int().positive(),
  })
  .meta({ id: 'RunnerDevice' });

export const runnerOptimizers = ['adamw', 'adamw-8bit', 'sgd', 'adafactor', 'lion'] as const;

const real = z.number().optional();
/** Settings of optimizers; each has its own. */
const settings = {
  beta1: real.meta({ description: 'Setting of `adamw`, `adamw-8bit` and `lion`.' }),
  beta2: real.meta({ description: 'Setting of `adamw`, `adamw-8bit` and `lion`.' }),
  epsilon: real.meta({ description: 'Setting of `adamw`, `adamw-8bit` and `adafactor`.' }),
  minSize: real.meta({ description: 'State of `adamw-8bit` of fewer numbers than this stays in float32.' }),
  momentum: real.meta({ description: 'Setting of `sgd`.' }),
  nesterov: z.boolean().optional().meta({ description: 'Setting of `sgd`.' }),
  decay: real.meta({ description: 'Setting of `adafactor`: the second moment decays by 1 − t^−decay at step t.' }),
  clip: real.meta({ description: 'Setting of `adafactor`: the largest root mean square of an update.' }),
  scaleParameter: z
    .boolean()
    .optional()
    .meta({ description: 'Setting of `adafactor`: steps are relative to the parameter.' }),
  parameterEpsilon: real.meta({
    description: 'Setting of `adafactor`: the smallest size that a parameter is taken to have.',
  }),
};

const RunnerOptimizer = z
  .object({
    name: z.enum(runnerOptimizers),
    ...settings,
    weightDecay: z.number().meta({ description: 'Per unit of the rate.' }),
    decayed: z.array(z.string()).meta({
      description: 'Keys in `adapter_model.safetensors` of the tensors that decay acts on.',
    }),
    headRate: z.number().meta({ description: 'Rate of the head as a multiple of that of all else.' }),
    rates: z
      .array(z.object({ multiple: z.number(), keys: z.array(z.string()) }))
      .optional()
      .meta({ description: 'Tensors whose rate is a multiple of the ordered one, by keys as `decayed`.' }),
  })
  .meta({ id: 'RunnerOptimizer' });

/** How many take part in an order. */
const devices = z.int().positive().optional().meta({
  description:
    'Processes that run it together, each with a device as `device` says: each takes an equal part of the rows of every micro-batch, in their order, and `microBatch` counts the rows of all. Bytes are those of the one that holds most. Default: 1.',
});

const shard = z.enum(sharded).optional().meta({
  description:
    'What these processes hold a share of each. `fsdp` and `zero3`: the base, what is trained, gradients and states of the optimizer; a block is gathered while it is computed, and what no block has from the forward pass to the end of the backward one. `zero2`: gradients, states of the optimizer and, between steps, what is trained; each holds the whole base. Default: nothing.',
});

const line = {
  version: z.literal(runnerVersion),
  trial: z.string().min(1).max(100),
  attempt: Count.meta({ description: 'Tells the runs of a trial apart: a line of another is dropped.' }),
  sequence: Count.meta({
    description: 'Counts the lines of one side of an attempt from 0: a line that came already is dropped.',
  }),
};

export const RunnerRun = z
  .object({
    ...line,
    type: z.literal('run'),
    base: RunnerBase,
    task: RunnerTask,
    adapter: Path.meta({
      description:
        'A folder with `adapter_config.json` and `adapter_model.safetensors`: configuration and first values, as peft writes them.',
    }),
    data: z.object({ train: RunnerFile, validation: RunnerFile }).meta({
      description:
        'Safetensors: `tokens` [rows, length], `lengths` [rows], `targets` [rows] or [rows, length], or `values` [rows]. Where answers are written: `prompts` [rows, longest] with `promptLengths` [rows].',
    }),
    plan: RunnerFile.meta({
      description:
        'JSON: `batches`, by step and micro-batch the rows of `train` in their order, and `rates`, the learning rate of each step.',
    }),
    steps: Count.meta({ description: 'The step to end after.' }),
    microBatch: z.int().positive(),
    accumulate: z.int().positive(),
    optimizer: RunnerOptimizer,
    clipNorm: z.number().nullable(),
    seed: Count,
    budgetBytes: z.int().positive(),
    device: RunnerDevice,
    devices,
    shard,
    evaluateEvery: z.int().positive().nullable(),
    checkpointEvery: z.int().positive().nullable(),
    resume: RunnerFile.nullable().meta({ description: 'A checkpoint to go on from.' }),
    workdir: Path.meta({ description: 'The runner writes here and nowhere else.' }),
  })
  .meta({
    id: 'RunnerRun',
    description: 'Train, evaluate on validation, and leave an adapter. The test split is never part of it.',
  });
export type RunnerRun = z.infer<typeof RunnerRun>;

export const RunnerScore = z
  .object({
    ...line,
    type: z.literal('score'),
    base: RunnerBase,
    task: RunnerTask,
    adapter: Path,
    data: z.object({ test: RunnerFile }),
    microBatch: z.int().positive(),
    device: RunnerDevice,
    devices,
    shard,
    workdir: Path,
  })
  .meta({ id: 'RunnerScore', description: 'Evaluate a finished adapter: the only line that names the test split.' });
export type RunnerScore = z.infer<typeof RunnerScore>;

export const runnerStopReasons = ['cancelled', 'lost', 'drain', 'timeout', 'over-budget'] as const;

export const RunnerStop = z
  .object({
    ...line,
    type: z.literal('stop'),
    reason: z.enum(runnerStopReasons),
    graceSeconds: z.number().min(0).meta({ description: 'After which the runner is killed.' }),
  })
  .meta({
    id: 'RunnerStop',
    description: 'End after the step at hand, with a checkpoint where the reason is `drain` or `timeout`.',
  });

export const ToRunner = z.discriminatedUnion('type', [RunnerRun, RunnerScore, RunnerStop]).meta({ id: 'ToRunner' });
export type ToRunner = z.infer<typeof ToRunner>;

export const RunnerReady = z
  .object({
    version: line.version,
    type: z.literal('ready'),
    runner: z.string().min(1).max(100),
    releases: z.record(z.string(), z.string()).meta({ description: 'Releases of the packages that compute, by name.' }),
    peftTypes: z.array(z.string()),
    optimizers: z.array(z.string()),
    dtypes: z.array(z.string()),
    devices: z.array(
      z.object({ kind: z.enum(['cpu', 'cuda']), name: z.string(), uuid: z.string().nullable().default(null) }),
    ),
  })
  .meta({ id: 'RunnerReady', description: 'The first line: what this installation can do.' });
export type RunnerReady = z.infer<typeof RunnerReady>;

export const RunnerLoaded = z
  .object({
    ...line,
    type: z.literal('loaded'),
    parameters: Count.meta({ description: 'Scalars that are trained, the head included.' }),
    decayed: Count.meta({ description: 'Numbers among them that weight decay acts on.' }),
    bytes: Count.default(0).meta({ description: 'Held by base and adapter; 0 where nothing counts them.' }),
    step: Count.default(0).meta({ description: 'The step that training goes on after; 0 at the beginning.' }),
  })
  .meta({ id: 'RunnerLoaded' });

export const runnerPhases = ['loading', 'training', 'evaluating', 'storing'] as const;

export const RunnerAlive = z.object({ ...line, type: z.literal('alive'), phase: z.enum(runnerPhases) }).meta({
  id: 'RunnerAlive',
  description: `Every ${runnerAliveSeconds} seconds, whatever it does: a runner that says nothing for minutes is taken for frozen.`,
});

export const RunnerProgress = z
  .object({
    ...line,
    type: z.literal('progress'),
    step: z.int().positive(),
    loss: z.number(),
    gradientNorm: z.number().meta({ description: 'Before clipping.' }),
    tokens: Count,
    seconds: z.number().min(0),
    allocated: Count.default(0).meta({
      description: 'Bytes of tensors that are held after the step; 0 where nothing counts them.',
    }),
    peak: Count.default(0).meta({ description: 'The most so far; 0 where nothing counts them.' }),
    reserved: Count.nullable().default(null).meta({ description: 'Bytes that the allocator of a card keeps.' }),
    others: Count.nullable().default(null).meta({ description: 'Bytes that others hold on the card.' }),
  })
  .meta({ id: 'RunnerProgress' });
export type RunnerProgress = z.infer<typeof RunnerProgress>;

export const RunnerCheckpoint = z
  .object({ ...line, type: z.literal('checkpoint'), step: z.int().positive(), file: RunnerFile })
  .meta({
    id: 'RunnerCheckpoint',
    description:
      'Adapter, optimizer, random state and place in the data after a step. It counts once the worker has stored it. A runner that says none begins a trial anew where it died.',
  });

export const RunnerEvaluated = z
  .object({
    ...line,
    type: z.literal('evaluated'),
    step: Count,
    split: z.enum(['validation', 'test']),
    file: RunnerFile.meta({
      description:
        'Safetensors with `read`: logits [rows, outputs], or the loss of every token [rows, length], 0 where it does not count. Where answers are written: `written` [rows, tokens] in float32: ids of tokens without the one that ends, −1 from there on.',
    }),
  })
  .meta({ id: 'RunnerEvaluated' });
export type RunnerEvaluated = z.infer<typeof RunnerEvaluated>;

export const runnerOutcomes = ['completed', 'stopped', 'diverged', 'out-of-memory', 'failed'] as const;

export const RunnerEnded = z
  .object({
    ...line,
    type: z.literal('ended'),
    outcome: z.enum(runnerOutcomes),
    reason: z.string().nullable().default(null).meta({ description: 'In words, unless it completed or was stopped.' }),
    step: Count.meta({ description: 'Steps that are done.' }),
    examples: Count.meta({ description: 'Rows that these steps trained on, those before a resume included.' }),
    adapter: Path.nullable()
      .default(null)
      .meta({ description: 'A folder as `run` names one; null where none is left.' }),
    peak: Count.default(0),
    parts: z
      .object(Object.fromEntries(memoryParts.map((part) => [part, Count])) as Record<MemoryPart, typeof Count>)
      .optional()
      .meta({ description: 'Parts of `peak`, where they are known.' }),
  })
  .meta({
    id: 'RunnerEnded',
    description: 'The last line of an attempt. An exit without it is a death, whatever its status.',
  });
export type RunnerEnded = z.infer<typeof RunnerEnded>;

export const FromRunner = z
  .discriminatedUnion('type', [
    RunnerReady,
    RunnerLoaded,
    RunnerAlive,
    RunnerProgress,
    RunnerCheckpoint,
    RunnerEvaluated,
    RunnerEnded,
  ])
  .meta({ id: 'FromRunner' });
export type FromRunner = z.infer<typeof FromRunner>;

/** What an installation of a runner can do, as its `ready` says. */
export const RunnerAbilities = RunnerReady.pick({ peftTypes: true, optimizers: true, dtypes: true });
export type RunnerAbilities = z.infer<typeof RunnerAbilities>;

/** Names of dtypes and optimizers that come by a package which an installation may lack. */
const byPackage: Readonly<Record<string, string>> = {
  int8: 'bitsandbytes',
  nf4: 'bitsandbytes',
  'adamw-8bit': 'bitsandbytes',
  lion: 'bitsandbytes',
};

/**
 * What a training needs that an installation of a runner cannot do: the field to be changed, and a sentence.
 *
 * @param whose names the installation
 * @param needs `optimizer` is left out where nothing is trained
 */
export function beyondRunner(
  whose: string,
  { peftTypes, optimizers, dtypes }: RunnerAbilities,
  needs: { peftType: string; dtype: string; optimizer?: string | undefined },
): { field: 'method' | 'baseDtype' | 'optimizer'; message: string } | undefined {
  const asked = [
    { field: 'method' as const, needed: needs.peftType, there: peftTypes },
    { field: 'baseDtype' as const, needed: needs.dtype, there: dtypes },
    { field: 'optimizer' as const, needed: needs.optimizer, there: optimizers },
  ];
  const lacking = asked.find(({ needed, there }) => needed !== undefined && !there.includes(needed));
  if (lacking?.needed === undefined) return undefined;
  const { field, needed, there } = lacking;
  const source = byPackage[needed] ?? (field === 'method' ? 'a newer peft' : undefined);
  const more = source ? `; ${needed} comes by ${source}: install that for its Python and add the engine again` : '';
  return { field, message: `${whose} has no ${needed}, but ${there.join(', ')}${more}` };
}

/** `engine.json` of a runner that was added to an installation. */
export const AddedRunner = z.object({
  name: z.string(),
  /** The interpreter that runs it, and the module that it runs, which lies in `src` beside this file. */
  python: z.string().min(1),
  module: z.string().min(1),
  /** Releases that it is made of. */
  releases: z.array(z.string()),
  able: RunnerAbilities,
  addedAt: z.iso.datetime(),
  /** Numbers of the training that proved it. */
  proof: z.object({
    device: z.string(),
    firstLossDifference: z.number(),
    lossDifference: z.number(),
    scoreDifference: z.number(),
    stepMs: z.number(),
    wasmStepMs: z.number(),
  }),
});
export type AddedRunner = z.infer<typeof AddedRunner>;
