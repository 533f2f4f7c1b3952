/** @file A trial: one training (or one scoring) at one point of a sweep under one memory budget. */
import { z } from 'zod';
import { AdapterFormat, Servability } from './adapter.js';
import { type ArtifactKind, artifactKinds } from './artifact.js';
import { AttemptView } from './attempt.js';
import { wholeText } from './bounds.js';
import { Id, PageQuery, pageOf, Slug, Timestamp } from './common.js';
import { contenderFields } from './contender.js';
import { EngineName } from './engine.js';
import { Limits } from './measures/limits.js';
import { MemoryByPart, memoryParts } from './memory.js';
import { KeptFor } from './sweep-removal.js';
import { TrialKind } from './trial-kind.js';
import { TrialResult } from './trial-result.js';
import { TrialSpec } from './trial-spec.js';
import { TrialState } from './trial-state.js';

/** A trial in a listing. */
export const TrialView = z
  .object({
    id: Id,
    sweepId: Id,
    ordinal: z.number().int().meta({ description: 'Position in its sweep, from 1.' }),
    kind: TrialKind,
    state: TrialState,
    key: z.string().meta({ description: 'Content key: equal keys are computed once.' }),
    leaderId: Id.nullable().meta({ description: 'The trial with the same key whose result this one takes.' }),
    scoresTrialId: Id.nullable().meta({ description: 'For `score`: the trained trial.' }),
    impliedById: Id.nullable().meta({
      description: 'The trial of a smaller rank that did not fit, by which this one was not run.',
    }),
    partOf: z
      .object({
        trialId: Id,
        round: z.number().int().meta({ description: 'From 1.' }),
        client: z.number().int().meta({ description: 'Its place among the clients, from 0.' }),
        site: z
          .string()
          .nullable()
          .meta({ description: 'Data that its worker must hold; null: every worker can run it.' }),
      })
      .optional()
      .meta({ description: "Of a client's turn: the trial of its federation." }),
    ...contenderFields,
    rank: z.number().int().nullable(),
    learningRate: z.number().nullable().meta({ description: 'Null where nothing is trained.' }),
    seed: z.number().int(),
    memoryBudgetMiB: z.number(),
    limits: Limits.optional().meta({ description: 'Of further measures, where the sweep has any.' }),
    predictedBytes: z.number().int(),
    measuredBytes: z.number().int().nullable(),
    dominantPart: z.enum(memoryParts).nullable(),
    step: z.number().int().meta({ description: 'Optimizer steps done.' }),
    steps: z.number().int(),
    loss: z.number().nullable().meta({ description: 'Training loss of the last recorded step.' }),
    objective: z.number().nullable().meta({ description: 'Validation value of the sweep objective.' }),
    score: z.number().nullable().meta({ description: 'Of a scoring: value of the sweep objective on the test split.' }),
    attempts: z.number().int(),
    reason: z.string().nullable().meta({
      description:
        'Why it failed, or does not fit, in words; of one that is queued, asked for by its id, why it cannot begin.',
    }),
    createdAt: Timestamp,
    startedAt: Timestamp.nullable(),
    finishedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Trial' });
export type TrialView = z.infer<typeof TrialView>;

export const ArtifactView = z
  .object({
    id: Id,
    trialId: Id,
    kind: z.enum(Object.keys(artifactKinds) as ArtifactKind[]).meta({
      description:
        '`turn`: what a client of a federation sends, and what it keeps for its next round. `answers`: what a procedure answered, see `GET /v1/trials/{id}/answers`. `orders`: the first rows of the queries of the test split, see `GET /v1/trials/{id}/export`. `texts`: what a generator wrote for the examples of a training, see `GET /v1/trials/{id}/texts`. `places`: where relevant or attacked documents stand, see `GET /v1/trials/{id}/places`.',
    }),
    step: z.number().int(),
    sha256: z.string(),
    bytes: z.number().int(),
    createdAt: Timestamp,
  })
  .meta({ id: 'Artifact' });
export type ArtifactView = z.infer<typeof ArtifactView>;

export const TrialDetail = TrialView.extend({
  task: z.string(),
  base: z.string(),
  engine: EngineName,
  spec: TrialSpec,
  predicted: MemoryByPart,
  measured: MemoryByPart.nullable(),
  result: TrialResult.nullable(),
  attemptList: z.array(AttemptView),
  artifacts: z.array(ArtifactView),
  formats: z.array(AdapterFormat).meta({
    description:
      'In which its adapter can be downloaded, the one to offer first in front. Empty where it has no adapter, or not yet.',
  }),
  servable: Servability.nullable().meta({
    description: 'Null for a scoring, and where the method or the base model is not there any more.',
  }),
  writes: z.boolean().meta({
    description: 'Whether its base writes with the adapter that it leaves, so that it may be added as a generator.',
  }),
  keptFor: KeptFor.optional().meta({
    description:
      'Present where its own sweep was removed: the sweeps for which it stays, at most 20, newest first. They took its result, or one that came from it.',
  }),
}).meta({ id: 'TrialDetail' });
export type TrialDetail = z.infer<typeof TrialDetail>;

export const TrialSort = z.enum([
  'ordinal',
  '-ordinal',
  'objective',
  '-objective',
  'measuredBytes',
  '-measuredBytes',
  'updatedAt',
  '-updatedAt',
]);

export const TrialQuery = PageQuery.extend({
  sweepId: Id.optional(),
  state: z
    .union([TrialState, z.array(TrialState)])
    .optional()
    .meta({ description: 'May be repeated.' }),
  kind: TrialKind.optional(),
  partOf: Id.optional().meta({
    description: 'The turns of clients of this federation. Lists that name neither it nor their kind leave turns out.',
  }),
  method: Slug.optional(),
  optimizer: Slug.optional(),
  rank: wholeText(1).optional(),
  seed: wholeText(0).optional(),
  sort: TrialSort.default('ordinal'),
});
export type TrialQuery = z.infer<typeof TrialQuery>;
export const TrialPage = pageOf(TrialView).meta({ id: 'TrialPage' });
export type TrialPage = z.infer<typeof TrialPage>;

export const TrialLog = z
  .object({ trialId: Id, lines: z.array(z.object({ attempt: z.number().int(), text: z.string() })) })
  .meta({ id: 'TrialLog' });
export type TrialLog = z.infer<typeof TrialLog>;
