import type { TrialSpec } from '@rankforge/contracts';
import { awaitTurns, claimTrial, finishTrial, type Lease } from '@rankforge/db';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { type Fixture, openFixture } from '../../../test/support/trials.js';
import { endImplied, memoryFamily, OverBudgetCells } from '../src/scheduling/implied.js';

const spec = partOf<Omit<TrialSpec, 'seed'>>({
  task: 'moby-dick',
  base: 'nano',
  engine: 'wasm',
  method: 'lora',
  methodConfig: { rank: 8, alpha: 8 },
  optimizer: 'adamw',
  optimizerConfig: {},
  rank: 8,
  learningRate: 0.01,
  training: { steps: 10, batchSize: 4 },
});

describe('the memory family of a training', () => {
  const family = memoryFamily(spec);
  it('is the same for other ranks, learning rates, seeds and rungs', () => {
    expect(memoryFamily({ ...spec, rank: 4, methodConfig: { rank: 4, alpha: 8 } })).toBe(family);
    expect(memoryFamily({ ...spec, rank: 4, trainedRank: 8 })).toBe(family);
    expect(memoryFamily({ ...spec, learningRate: 0.1, seed: 3, until: 5, fitted: ['rank'] })).toBe(family);
  });
  it.each<[string, Partial<TrialSpec>]>([
    ['method', { method: 'dora' }],
    ['method config', { methodConfig: { rank: 8, alpha: 16 } }],
    ['optimizer', { optimizer: 'sgd' }],
    ['optimizer config', { optimizerConfig: { beta1: 0.8 } }],
    ['training', { training: { ...spec.training, batchSize: 8 } }],
    ['base', { base: 'other' }],
  ])('is another for another %s', (_, other) => {
    expect(memoryFamily({ ...spec, ...other })).not.toBe(family);
  });
});

describe('what is implied', () => {
  const cell = (rank: number | null, memoryBudgetMiB: number, predictedBytes: number, family = 'a') => ({
    family,
    rank,
    memoryBudgetMiB,
    predictedBytes,
  });
  const failed = cell(8, 64, 1000);
  const overBudget = new OverBudgetCells([failed]);
  it.each([
    ['a larger rank, predicted larger', cell(16, 64, 1100), true],
    ['a larger rank, predicted the same', cell(16, 64, 1000), true],
    ['a larger rank under a smaller budget', cell(16, 32, 1100), true],
    ['a larger rank under a larger budget', cell(16, 128, 1100), false],
    ['a larger rank of a method that does not grow with it', cell(16, 64, 999), false],
    ['the same rank', cell(8, 32, 1000), false],
    ['a smaller rank', cell(4, 64, 1000), false],
    ['another family', cell(16, 64, 1100, 'b'), false],
    ['a training without a rank', cell(null, 64, 1100), false],
  ])('%s', (_, asked, implied) => {
    expect(overBudget.implying(asked)).toBe(implied ? failed : undefined);
  });
  it('names the smallest rank that says so', () => {
    const more = new OverBudgetCells([cell(16, 64, 1100), failed, cell(4, 16, 900)]);
    expect(more.implying(cell(32, 64, 1200))).toEqual(failed);
    expect(more.implying(cell(32, 16, 1200))).toEqual(cell(4, 16, 900));
  });
});

describe('trials of a sweep that are implied', () => {
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = await openFixture();
  });
  afterEach(() => fixture.close());

  const ofRank = async (rank: number): Promise<string> => {
    const id = await fixture.queued();
    await fixture.db.trial.update({ where: { id }, data: { rank, memoryFamily: 'family' } });
    return id;
  };
  const claim = async (trialId: string): Promise<Lease> => {
    const { db, workerId } = fixture;
    return (await claimTrial(db, { trialId, workerId, device: 'host', leaseSeconds: 60 }))!.lease;
  };

  it('end while they wait for a worker, and not where they wait for clients in the midst of their rounds', async () => {
    const { db, sweepId } = fixture;
    const [over, federated, goesOn, waiting] = [await ofRank(4), await ofRank(8), await ofRank(8), await ofRank(8)];
    for (const id of [federated, goesOn]) await awaitTurns(db, await claim(id), { round: 0, clients: [] }, '');
    await db.trial.update({ where: { id: goesOn }, data: { state: 'QUEUED' } });
    const outcome = { state: 'OVER_BUDGET' as const, reason: 'for the test', dominantPart: 'weights' as const };
    await finishTrial(db, await claim(over), outcome, '');
    expect(await endImplied(db, sweepId)).toBe(1);
    const trials = await db.trial.findMany({ where: { sweepId } });
    expect(new Map(trials.map(({ id, state, impliedById }) => [id, [state, impliedById]]))).toEqual(
      new Map([
        [over, ['OVER_BUDGET', null]],
        [federated, ['PENDING', null]],
        [goesOn, ['QUEUED', null]],
        [waiting, ['OVER_BUDGET', over]],
      ]),
    );
  });
});
