/** @file What can be swept over: methods, optimizers, tasks, base models. */
import { z } from 'zod';
import { SweepKind } from './sweep-kind.js';

const Paper = z.object({ title: z.string(), arxiv: z.string().optional(), year: z.number().int() });

/** How well the reference of an implementation is known, and what is open where it is not known in full. */
const Evidence = z.object({ level: z.enum(['full', 'partial']), reason: z.string().optional() });

/** A JSON Schema (2020-12) object; the new-sweep form is drawn from it. */
const JsonSchema = z.record(z.string(), z.unknown());

export const MethodView = z
  .object({
    name: z.string(),
    title: z.string(),
    summary: z.string(),
    paper: Paper.nullable(),
    evidence: Evidence,
    kinds: z.array(SweepKind).meta({ description: 'Kinds of sweep it is for.' }),
    parameterFormula: z.string().meta({ description: 'Trained scalars of one layer.' }),
    memoryFormula: z.string().meta({
      description:
        'Floats that a step under AdamW holds for one layer besides the frozen base, of so many trained scalars and rows of tokens.',
    }),
    trains: z.boolean().meta({
      description:
        'False: it trains nothing, and has no learning rate, rank or optimizer. It is for tasks that order the rows of queries.',
    }),
    usesRank: z.boolean(),
    startsAtBase: z.boolean(),
    learnsFromTeacher: z.boolean().meta({
      description:
        'It cannot be trained without a second base model with a finished adapter; of one that trains nothing: it examines such a ranker.',
    }),
    learningRates: z.array(z.number()),
    config: JsonSchema,
  })
  .meta({ id: 'Method' });
export type MethodView = z.infer<typeof MethodView>;

export const OptimizerView = z
  .object({
    name: z.string(),
    title: z.string(),
    paper: Paper.nullable(),
    evidence: Evidence,
    stateFormula: z.string().meta({
      description:
        'Floats of state that are kept for one trained tensor of so many numbers (size), a matrix of in by out. In brackets: formulas of tensors that are treated otherwise.',
    }),
    usesRank: z.boolean(),
    config: JsonSchema,
  })
  .meta({ id: 'Optimizer' });
export type OptimizerView = z.infer<typeof OptimizerView>;

export const StrategyView = z
  .object({
    name: z.string(),
    title: z.string(),
    summary: z.string(),
    paper: Paper.nullable(),
    evidence: Evidence,
    ownRanks: z.literal(true).optional().meta({ description: 'Clients may have ranks of their own.' }),
    config: JsonSchema,
  })
  .meta({ id: 'Strategy', description: 'How the clients of a federation train, and what becomes of their messages.' });
export type StrategyView = z.infer<typeof StrategyView>;

export const RecipeView = z
  .object({
    name: z.string(),
    title: z.string(),
    summary: z.string(),
    paper: Paper.nullable(),
    evidence: Evidence,
    objectives: z.array(z.string()).meta({ description: 'Objectives of tasks that it can be followed on.' }),
    config: JsonSchema,
  })
  .meta({
    id: 'Recipe',
    description: 'What training does around a method: which examples it sees, and by which loss.',
  });
export type RecipeView = z.infer<typeof RecipeView>;

export const MethodList = z
  .object({
    methods: z.array(MethodView),
    optimizers: z.array(OptimizerView),
    strategies: z.array(StrategyView),
    recipes: z.array(RecipeView),
    attacks: z.array(z.string()).meta({ description: 'Attacks that clients of a federation may make.' }),
  })
  .meta({ id: 'MethodList' });
export type MethodList = z.infer<typeof MethodList>;

/** What scores are measured by. */
export const MetricView = z.object({
  name: z.string(),
  direction: z.enum(['minimize', 'maximize']),
  range: z.tuple([z.number().nullable(), z.number().nullable()]).meta({
    description: 'Lowest and highest value that it can have; null where there is none. Intervals stay inside.',
  }),
});
export type MetricView = z.infer<typeof MetricView>;

export const TaskView = z
  .object({
    name: z.string(),
    title: z.string(),
    description: z.string(),
    objective: z.string().meta({ description: 'What is learned, by the name of the objective.' }),
    reads: z
      .enum(['tokens', 'image', 'fields', 'features'])
      .meta({ description: 'What its examples are: the kind of input of a base that can learn it.' }),
    writes: z
      .boolean()
      .meta({ description: 'Tokens are predicted: a base that can learn it predicts the next token.' }),
    primaryMetric: MetricView,
    metrics: z.array(MetricView),
    conversations: z.literal(true).optional().meta({
      description: 'Its examples are conversations, which a chat template lays out: a sweep may name one.',
    }),
    origins: z.record(z.string(), z.array(z.string())).optional().meta({
      description:
        'Fields that its examples have beside their input, with their values: a federation may divide them so.',
    }),
    source: z.object({ package: z.string(), version: z.string(), licence: z.string() }),
    dataVersion: z.number().int().optional().meta({
      description:
        'Version of the data that is prepared from the source. Absent: as it was when trials were first kept.',
    }),
    defaults: z.object({ steps: z.number().int(), batchSize: z.number().int(), sequenceLength: z.number().int() }),
  })
  .meta({ id: 'Task' });
export type TaskView = z.infer<typeof TaskView>;
export const TaskList = z.object({ tasks: z.array(TaskView) }).meta({ id: 'TaskList' });
export type TaskList = z.infer<typeof TaskList>;

/** What a base model reads. */
export const BaseInput = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('tokens'), vocabularySize: z.number().int(), contextLength: z.number().int() }),
  z.object({
    kind: z.literal('image'),
    height: z.number().int(),
    width: z.number().int(),
    channels: z.number().int(),
  }),
  z.object({
    kind: z.literal('fields'),
    cardinalities: z.array(z.number().int()).meta({ description: 'Ids that each field has.' }),
  }),
  z.object({
    kind: z.literal('features'),
    count: z.number().int().meta({ description: 'Numbers of an example at most.' }),
  }),
]);
export type BaseInput = z.infer<typeof BaseInput>;

export const BaseView = z
  .object({
    name: z.string(),
    architecture: z.string(),
    parameters: z.number().int(),
    layers: z.number().int(),
    width: z.number().int(),
    input: BaseInput,
    writes: z.boolean().meta({ description: 'It predicts the next token; one that does not trains a head.' }),
    targets: z.array(z.string()).meta({ description: 'Linear layers an adapter can be put on.' }),
    sha256: z.string().meta({ description: 'Of the folder: its configuration, tokenizer and weights.' }),
    provenance: z
      .record(z.string(), z.unknown())
      .meta({ description: 'What the model was made from, and its files with their digests.' }),
  })
  .meta({ id: 'Base' });
export type BaseView = z.infer<typeof BaseView>;
export const BaseList = z
  .object({
    bases: z.array(BaseView),
    unusable: z
      .array(z.object({ name: z.string(), reason: z.string() }))
      .meta({ description: 'Folders among the base models that cannot be used, with what is wrong with them.' }),
  })
  .meta({ id: 'BaseList' });
export type BaseList = z.infer<typeof BaseList>;
