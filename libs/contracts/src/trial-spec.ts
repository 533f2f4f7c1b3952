import { z } from 'zod';
import { AdapterLink } from './adapter-link.js';
import { TrialChat } from './chat.js';
import { TrialCommand } from './command.js';
import { Slug } from './common.js';
import { EngineName } from './engine.js';
import { Federation } from './federation.js';
import { TrialGenerator } from './generator.js';
import { defaultSweepKind, InitialWeights, SweepKind } from './sweep-kind.js';
import { TaskName } from './task-name.js';
import { TrainingOptions } from './training-options.js';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What of a trial was fitted to its memory budget. */
export const Fitted = z.array(z.enum(['rank', 'microBatch'])).meta({
  description: 'Chosen as the largest that fits the budget by prediction, where the sweep asked for that.',
});
export type Fitted = z.infer<typeof Fitted>;

/** Everything that determines the numbers of a trial: its key is a hash of this, the data, the base and the library version. */
export const TrialSpec = z
  .strictObject({
    kind: SweepKind.exclude([defaultSweepKind]).optional().meta({ description: 'Of the sweep. Absent: fine-tuning.' }),
    initial: InitialWeights.exclude(['base'])
      .optional()
      .meta({ description: 'Weights of the model before training, where they are not those of the base model.' }),
    task: TaskName,
    dataset: Sha256.optional().meta({
      description: 'SHA-256 of the examples, where the task is a data set of this installation.',
    }),
    dataVersion: z.number().int().min(2).optional().meta({
      description: 'Version of the data of a built-in task. Absent: the data is as it was when trials were first kept.',
    }),
    numbers: z.record(Slug, z.number().int().min(2)).optional().meta({
      description:
        'Versions of the numbers of its parts (method, optimizer, objective, recipe, strategy, tokenizer). A part that is not here gives those that it gave when trials were first kept.',
    }),
    base: Slug,
    ends: z.array(z.int().min(0)).min(1).optional().meta({
      description:
        'Tokens by which texts end, of which the first is learned, where files beside the base model name others than its `config.json`, or in another order.',
    }),
    chat: TrialChat.optional().meta({
      description: 'The template that made texts of its conversations. Absent: its examples are none.',
    }),
    on: z
      .array(AdapterLink)
      .min(1)
      .optional()
      .meta({ description: 'Adapters that are merged into the base model before anything else, in this order.' }),
    engine: EngineName,
    competingEngine: EngineName.optional().meta({
      description: 'The engine again, where the sweep compares several. No number follows from it.',
    }),
    method: Slug,
    methodConfig: z.record(z.string(), z.unknown()),
    from: Sha256.optional().meta({ description: 'Hash of the adapter that training starts from.' }),
    adapter: Slug.optional().meta({ description: 'Name of that adapter, where it was imported.' }),
    teacher: z
      .strictObject({
        base: Slug,
        baseSha256: Sha256.meta({ description: 'Of the folder of that base model.' }),
        adapter: Sha256,
      })
      .optional()
      .meta({ description: 'A second base model with a finished adapter.' }),
    optimizer: Slug,
    optimizerConfig: z.record(z.string(), z.unknown()),
    federation: Federation.optional().meta({ description: 'Of a trial that runs by rounds of clients.' }),
    strategy: Slug.optional().meta({ description: 'How clients train and what becomes of their messages.' }),
    strategyConfig: z.record(z.string(), z.unknown()).optional(),
    recipe: Slug.optional().meta({ description: 'What training does around the method.' }),
    recipeConfig: z.record(z.string(), z.unknown()).optional(),
    command: TrialCommand.optional().meta({ description: 'The program of the sweep that a trial runs.' }),
    generator: TrialGenerator.optional().meta({ description: 'Of a procedure, or a recipe, that asks one.' }),
    rank: z
      .number()
      .int()
      .positive()
      .nullable()
      .meta({ description: 'The rank axis, or null where neither method nor optimizer has one.' }),
    trainedRank: z.number().int().positive().optional().meta({
      description: 'Where one training serves several ranks: the rank it is trained at; `rank` is the one served.',
    }),
    fitted: Fitted.optional(),
    learningRate: z.number().positive(),
    seed: z
      .number()
      .int()
      .min(0)
      .max(2 ** 31 - 1),
    training: TrainingOptions,
    until: z.number().int().positive().optional().meta({
      description: 'The optimizer step to train to, on the schedule of all `training.steps`. Default: all of them.',
    }),
    validationExamples: z.number().int().positive().optional().meta({
      description: 'With `until`: examples of the validation split that it is judged by. Default: all of them.',
    }),
  })
  .meta({ id: 'TrialSpec' });
export type TrialSpec = z.infer<typeof TrialSpec>;
