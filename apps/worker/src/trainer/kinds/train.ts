/** @file Trains a configuration, from a checkpoint where there is one, and stores what it leaves. */
import { median, type Scores, sweepKindOf, type WriterReport } from '@rankforge/contracts';
import {
  type EvalEvent,
  evaluate,
  findMethod,
  findRecipe,
  judgedBy,
  type LoadedBase,
  readAdapter,
  type StoredModel,
  serveAt,
  storedModel,
  type TrainEvent,
  type TrainResult,
  type Turn,
  train as trainModel,
} from '@rankforge/peft';
import type { Order } from '../../trial/executor.js';
import { fileOfTexts, storeTexts } from '../answers-file.js';
import { buildOptimizer } from '../build-optimizer.js';
import { keepCheckpoint, readCheckpoint } from '../checkpoints.js';
import { endedRun } from '../ended-run.js';
import {
  cutExamples,
  encodingLog,
  firstValuesLog,
  writtenAnswers,
  writtenExamples,
  writtenTexts,
} from '../log-lines.js';
import { changesOnly, pointsOf, prefixed, stepMetrics } from '../points.js';
import type { Prepared } from '../session.js';
import { storeAdapter } from '../storing.js';
import { writerOf } from '../write-texts.js';
import type { Finished, Tools, TrialRunner } from './kind.js';

export const train: TrialRunner = {
  async run(order, prepared, tools, note) {
    const { spec } = order;
    const { engine, model, data, identity } = prepared;
    const judging = judgedBy(data, spec.validationExamples);
    if (judging !== data) {
      tools.reports.log(`judged by ${judging.validation.size} of ${data.validation.size} validation examples`);
    }
    const writer = writerOf(spec, prepared, tools);
    const { sequenceLength, ...training } = spec.training;
    for (const line of cutExamples(data.train, sequenceLength)) tools.reports.log(line);
    const resume = await readCheckpoint(order, tools);
    const start = spec.from ? await tools.store.read(spec.from) : undefined;
    const teacher = spec.teacher ? await tools.session.teacher(spec.teacher) : undefined;
    const speeds: number[] = [];
    let latest = { step: resume?.step ?? 0, loss: null as number | null };
    const changedRanks = changesOnly();
    const onEncoded = encodingLog(tools.reports.log);
    const onFirstValues = firstValuesLog(tools.reports.log);
    let written: Buffer | undefined;
    let validated: EvalEvent['examples'];
    const onEvent = async (event: TrainEvent) => {
      switch (event.type) {
        case 'step':
          note(event);
          speeds.push(event.tokensPerSecond);
          latest = { step: event.step, loss: event.loss };
          return tools.reports.progress({
            ...latest,
            points: pointsOf(event.step, {
              ...stepMetrics(event),
              ...prefixed('rank', changedRanks(event.ranks ?? {})),
            }),
          });
        case 'eval':
          validated = event.examples;
          for (const line of writtenAnswers(event)) tools.reports.log(line);
          return tools.reports.progress({
            ...latest,
            points: pointsOf(event.step, prefixed('validation', event.metrics)),
          });
        case 'encoding':
          return onEncoded(event);
        case 'first-values':
          return onFirstValues(event);
        case 'calibration':
          if (event.batch === 1) tools.reports.log(`calibrating on ${event.batches} batches before the first step`);
          return undefined;
        case 'calibrated':
          tools.reports.log(
            `an earlier trial's calibration serves this one; its ${event.seconds.toFixed(1)} s count here`,
          );
          return undefined;
        case 'notice':
          tools.reports.log(`${spec[event.of]}: ${event.text}`);
          return undefined;
        case 'synthesis':
          if (event.kept + event.filled >= event.wanted) tools.reports.log(writtenExamples(event));
          return undefined;
        case 'written':
          written = fileOfTexts(event.texts);
          return tools.reports.log(writtenTexts(event));
        case 'checkpoint':
          return keepCheckpoint(tools, event.bytes, event.step);
      }
    };
    const result = await trainModel({
      engine,
      model,
      method: findMethod(spec.method),
      config: spec.methodConfig,
      optimizer: buildOptimizer(spec),
      data,
      ...(spec.recipe === undefined ? {} : { recipe: findRecipe(spec.recipe), recipeConfig: spec.recipeConfig }),
      options: { ...training, learningRate: spec.learningRate, seed: spec.seed } as Parameters<
        typeof trainModel
      >[0]['options'],
      budgetBytes: order.budgetBytes,
      signal: tools.signal,
      turn: tools.turn,
      ...(tools.calibrations ? { calibrations: { store: tools.calibrations, of: identity } } : {}),
      onEvent,
      ...(spec.until === undefined ? {} : { until: spec.until }),
      ...(spec.validationExamples === undefined ? {} : { validationExamples: spec.validationExamples }),
      ...(spec.initial ? { initial: spec.initial } : {}),
      ...(start ? { start } : {}),
      ...(teacher ? { teacher } : {}),
      ...(writer ? { write: writer.write } : {}),
      ...(resume ? { resume: resume.bytes } : {}),
    });
    return finished(order, result, {
      tools,
      model,
      data: judging,
      written,
      validated,
      writer: writer?.report,
      tokensPerSecond: median(speeds),
    });
  },
};

interface Trained extends Pick<Prepared, 'model' | 'data'> {
  tools: Tools;
  /** The file of texts that a generator wrote for its examples. */
  written: Buffer | undefined;
  /** Scores of the examples of the last validation, by metric. */
  validated: EvalEvent['examples'];
  writer: WriterReport | undefined;
  tokensPerSecond: number;
}

async function finished(
  order: Order,
  result: TrainResult,
  { tools, written, validated, writer, tokensPerSecond, ...prepared }: Trained,
): Promise<Finished> {
  const { steps: step } = result;
  const run = { of: `training of ${order.trialId}`, result, adapter: result.adapter, step, at: `at step ${step}` };
  return endedRun(run, tools, async ({ adapter: trained, validation }) => {
    // It stopped before its last step: another trial may go on from here.
    if (result.checkpoint) await keepCheckpoint(tools, result.checkpoint, step);
    const served = await servedRanks(order, trained, { ...prepared, turn: tools.turn });
    const adapter = await storeAdapter(tools, trained, step);
    const texts = await storeTexts(written, tools);
    if (!adapter || texts === 'stopped') return { kind: 'stopped' };
    return {
      kind: 'succeeded',
      step,
      measured: result.peak,
      adapter,
      ...texts,
      result: {
        validation: served?.[String(order.spec.rank)] ?? validation,
        ...(served ? { served } : {}),
        trainableParameters: result.trainableParameters,
        ...(sweepKindOf(order.spec.kind).makesSmaller ? { stored: storedBy(trained, prepared.model) } : {}),
        adapterBytes: adapter.bytes,
        ...result.recipe,
        ...(writer && { writer }),
        seconds: result.seconds,
        medianStepMs: result.stepSeconds * 1000,
        stepCpuMs: result.stepCpuSeconds * 1000,
        tokensPerSecond,
      },
      ...(order.spec.until !== undefined && validated && !served && { exampleScores: fewOfEach(validated) }),
    };
  });
}

/** More tell configurations of a rung apart hardly better, and are more to keep for each training of a search. */
const mostExamplesOfRung = 1024;

/** At most so many scores of each metric, of the same examples in every training that reads the same ones: spread evenly over them. */
function fewOfEach(examples: Readonly<Record<string, ArrayLike<number>>>): Record<string, number[]> {
  const few = (scores: ArrayLike<number>) =>
    Array.from({ length: Math.min(scores.length, mostExamplesOfRung) }, (_, index) => {
      const every = Math.max(1, scores.length / mostExamplesOfRung);
      return scores[Math.floor(index * every)]!;
    });
  return Object.fromEntries(Object.entries(examples).map(([metric, scores]) => [metric, few(scores)]));
}

/** The size of the model as it is kept to be used, with the ranks that its layers got. */
function storedBy(adapter: Uint8Array, { config: model }: LoadedBase): StoredModel {
  const { method, config, targets, ranks } = readAdapter(adapter).info;
  return storedModel({ model, method: findMethod(method), config, targets, ...(ranks ? { ranks } : {}) });
}

/** Validation at every rank that the training serves, where it serves several. */
async function servedRanks(
  { spec }: Order,
  adapter: Uint8Array,
  { model, data, turn }: Pick<Prepared, 'model' | 'data'> & { turn: Turn },
): Promise<Record<string, Scores> | undefined> {
  const method = findMethod(spec.method);
  if (!method.serves) return undefined;
  const served: Record<string, Scores> = {};
  for (const rank of method.serves.ranks(method.config.parse(spec.methodConfig))) {
    const { metrics } = await evaluate({
      model,
      method,
      adapter: serveAt(method, adapter, rank),
      data,
      split: 'validation',
      batchSize: spec.training.batchSize,
      turn,
    });
    served[rank] = metrics;
  }
  return served;
}
