/** @file Two classifiers that were scored on twenty examples of animals, in the place of a worker. */
import type { TrialView } from '@rankforge/contracts';
import { expect } from 'vitest';
import { csv, spec, uploadTo } from './animals.js';
import { type ApiUnderTest, create, playWorker } from './api-client.js';
import { memory, playedTrials } from './played-trials.js';

/** Both have the first seven right, LoRA alone the next eight, BitFit alone one, and neither the last four. */
const right = { lora: ['1'.repeat(15), '0', '0000'], bitfit: ['1111111', '00000000', '1', '0000'] };
/** Parts of a metric that is no mean. */
const parts = { lora: (at: number) => 0.7 + at / 100, bitfit: (at: number) => 0.7 + (19 - at) / 50 };

/** A table whose column says the split: 40 rows of training, 10 of validation, 20 of test. */
export function animalsOnSides(): string {
  const [head, ...lines] = csv(70).trim().split('\n');
  const side = (at: number) => (at < 40 ? 'train' : at < 50 ? 'validation' : 'test');
  return [`${head},side`, ...lines.map((line, at) => `${line},${side(at)}`)].join('\n');
}

/** Adds it as a data set. @returns the hash of its examples */
export async function addAnimals(api: ApiUnderTest, name: string, table = animalsOnSides()): Promise<string> {
  const values = { train: 'train', validation: 'validation', test: 'test' };
  const request = spec(name, { split: { by: 'column', column: 'side', values } });
  const uploaded = await uploadTo(api, '/v1/datasets', request, table);
  expect(uploaded.status, JSON.stringify(uploaded.body)).toBe(201);
  return uploaded.body.sha256 as string;
}

export interface ScoredAnimals {
  /** The worker that the test plays. */
  workerId: string;
  sweepId: string;
  /** LoRA and BitFit as they were chosen, and a configuration of LoRA that was not. */
  lora: string;
  bitfit: string;
  unchosen: string;
  /** Scorings by the trainings that they score. */
  scorings: ReadonlyMap<string, string>;
}

/** The outcome of a training with this accuracy on validation. */
export function trained(accuracy: number): Parameters<ReturnType<typeof playedTrials>['finish']>[1] {
  const counts = { trainableParameters: 256, adapterBytes: 2048, seconds: 2, medianStepMs: 5 };
  const result = { validation: { accuracy, macroF1: accuracy }, ...counts };
  return { state: 'SUCCEEDED', result, measured: memory(100), objective: accuracy, step: 10 };
}

/** Adds the data, trains both at two learning rates, of which the smaller is chosen, and scores them. */
export async function scoreAnimals(api: ApiUnderTest): Promise<ScoredAnimals> {
  const workerId = await playWorker(api);
  const { finish, untilTrials, untilState } = playedTrials(() => ({ api, workerId }));
  await addAnimals(api, 'animals');
  const methods = [{ name: 'lora' }, { name: 'bitfit' }];
  const { id: sweepId } = await create(api, { task: 'dataset:animals', methods, learningRate: [0.01, 0.02] });
  const queued = (all: TrialView[]) => all.length === 4 && all.every(({ state }) => state === 'QUEUED');
  const trainings = await untilTrials(sweepId, 'trainings', queued);
  for (const { id, learningRate } of trainings) await finish(id, trained(learningRate === 0.01 ? 0.9 : 0.5));
  const isScoring = ({ kind }: TrialView) => kind === 'score';
  const ready = (all: TrialView[]) => all.filter((one) => isScoring(one) && one.state === 'QUEUED').length === 2;
  const scored = (await untilTrials(sweepId, 'scorings', ready)).filter(isScoring);
  for (const { id, method } of scored) {
    const accuracy = Array.from(right[method as keyof typeof right].join(''), Number);
    const macroF1 = accuracy.map((_, at) => parts[method as keyof typeof parts](at));
    const test = { accuracy: mean(accuracy), macroF1: mean(macroF1) };
    const result = { test, seconds: 1 };
    const exampleScores = { accuracy, macroF1 };
    await finish(id, { state: 'SUCCEEDED', result, measured: memory(50), objective: null, step: 0, exampleScores });
  }
  await untilState(sweepId, 'COMPLETED');
  const found = (method: string, learningRate: number) =>
    trainings.find((trial) => trial.method === method && trial.learningRate === learningRate)!.id;
  return {
    workerId,
    sweepId,
    lora: found('lora', 0.01),
    bitfit: found('bitfit', 0.01),
    unchosen: found('lora', 0.02),
    scorings: new Map(scored.map(({ scoresTrialId, id }) => [scoresTrialId!, id])),
  };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
