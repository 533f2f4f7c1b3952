/** @file Trains a configuration, from a checkpoint where there is one, and stores what it leaves. */
import { exceedsBudget, MIB, type Scores, type StepSeries, sweepKindOf } from '@rankforge/contracts';
import { ArtifactError } from '@rankforge/db/artifacts';
import {
  evaluate,
  findMethod,
  findOptimizer,
  type LoadedBase,
  readAdapter,
  type StepEvent,
  type StoredModel,
  serveAt,
  storedModel,
  type TrainEvent,
  type TrainResult,
  type Turn,
  train as trainModel,
} from '@rankforge/peft';
import type { Order } from '../../trial/executor.js';
import { writtenAnswers, writtenExamples } from '../log-lines.js';
import type { Prepared } from '../session.js';
import { isOfStorage, throughStorageAway } from '../storage-away.js';
import { storeAdapter, storeCheckpoint } from '../storing.js';
import type { Finished, Tools, TrialRunner } from './kind.js';

export const train: TrialRunner = {
  async run(order, { engine, model, data, identity }, tools, note) {
    const { spec } = order;
    const { sequenceLength: _, ...training } = spec.training;
    const resume = await readCheckpoint(order, tools);
    const start = spec.from ? await tools.store.read(spec.from) : undefined;
    const teacher = spec.teacher ? await tools.session.teacher(spec.teacher) : undefined;
    const speeds: number[] = [];
    let latest = { step: resume?.step ?? 0, loss: null as number | null };
    const changedRanks = changesOnly();
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
          for (const line of writtenAnswers(event)) tools.reports.log(line);
          return tools.reports.progress({
            ...latest,
            points: pointsOf(event.step, prefixed('validation', event.metrics)),
          });
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
        case 'checkpoint':
          return keepCheckpoint(tools, event.bytes, event.step);
      }
    };
    const result = await trainModel({
      engine,
      model,
      method: findMethod(spec.method),
      config: spec.methodConfig,
      optimizer: buildOptimizer(order),
      data,
      options: { ...training, learningRate: spec.learningRate, seed: spec.seed } as Parameters<
        typeof trainModel
      >[0]['options'],
      budgetBytes: order.budgetBytes,
      signal: tools.signal,
      turn: tools.turn,
      ...(tools.calibrations ? { calibrations: { store: tools.calibrations, of: identity } } : {}),
      onEvent,
      ...(spec.until === undefined ? {} : { until: spec.until }),
      ...(spec.initial ? { initial: spec.initial } : {}),
      ...(start ? { start } : {}),
      ...(teacher ? { teacher } : {}),
      ...(resume ? { resume: resume.bytes } : {}),
    });
    return finished(order, result, { tools, model, data, tokensPerSecond: median(speeds) });
  },
};

async function finished(
  order: Order,
  result: TrainResult,
  { tools, tokensPerSecond, ...prepared }: Pick<Prepared, 'model' | 'data'> & { tools: Tools; tokensPerSecond: number },
): Promise<Finished> {
  if (result.overBudget) {
    const { part, budgetBytes } = result.overBudget;
    return {
      kind: 'over-budget',
      reason: `${exceedsBudget('measured', result.peak, budgetBytes / MIB)}, at step ${result.steps}`,
      measured: result.peak,
      dominantPart: part,
    };
  }
  if (result.outcome === 'stopped') {
    if (result.checkpoint && tools.signal.reason === 'drain' && result.steps > 0) {
      await keepCheckpoint(tools, result.checkpoint, result.steps);
    }
    return { kind: 'stopped' };
  }
  if (!result.adapter || !result.validation) throw new Error(`training of ${order.trialId} ended without an adapter`);
  const trained = result.adapter;
  // It stopped before its last step: another trial may go on from here.
  if (result.checkpoint) await keepCheckpoint(tools, result.checkpoint, result.steps);
  const served = await servedRanks(order, trained, { ...prepared, turn: tools.turn });
  const adapter = await storeAdapter(tools, trained, result.steps);
  if (!adapter) return { kind: 'stopped' };
  return {
    kind: 'succeeded',
    step: result.steps,
    measured: result.peak,
    adapter,
    result: {
      validation: served?.[String(order.spec.rank)] ?? result.validation,
      ...(served ? { served } : {}),
      trainableParameters: result.trainableParameters,
      ...(sweepKindOf(order.spec.kind).makesSmaller ? { stored: storedBy(trained, prepared.model) } : {}),
      adapterBytes: adapter.bytes,
      seconds: result.seconds,
      medianStepMs: result.stepSeconds * 1000,
      tokensPerSecond,
    },
  };
}

/** The size of the model as it is kept to be used, with the ranks that its layers got. */
function storedBy(adapter: Uint8Array, { config: model }: LoadedBase): StoredModel {
  const { method, config, targets, ranks } = readAdapter(adapter).info;
  return storedModel({ model, method: findMethod(method), config, targets, ...(ranks ? { ranks } : {}) });
}

async function keepCheckpoint(tools: Tools, bytes: Uint8Array, step: number): Promise<void> {
  const stored = await tools.turn.away(() => storeCheckpoint(tools, bytes, step));
  if (stored) tools.reports.checkpoint(stored);
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

/**
 * The newest checkpoint that can be read. One that is damaged, or still missing when patience is at its end, costs steps, not
 * the trial; patience is for all of them together.
 */
async function readCheckpoint(
  { checkpoints }: Order,
  tools: Tools,
): Promise<{ step: number; bytes: Uint8Array } | undefined> {
  const { store, reports } = tools;
  const until = performance.now() + tools.patienceMs;
  for (const { sha256, step } of checkpoints) {
    const patienceMs = Math.max(0, until - performance.now());
    const what = `the checkpoint of step ${step} cannot be read`;
    try {
      const bytes = await throughStorageAway(what, () => store.read(sha256), { ...tools, patienceMs });
      reports.resumed(step);
      reports.log(`going on from the checkpoint of step ${step}`);
      return { step, bytes };
    } catch (error) {
      if (!(error instanceof ArtifactError || isOfStorage(error))) throw error;
      reports.log(`the checkpoint of step ${step} is of no use: ${(error as Error).message}`);
    }
  }
  return undefined;
}

function buildOptimizer({ spec }: Order) {
  const optimizer = findOptimizer(spec.optimizer);
  return optimizer.build(optimizer.config.parse(spec.optimizerConfig));
}

function stepMetrics(event: StepEvent): Record<string, number> {
  const always: Record<StepSeries, number> = {
    'train/loss': event.loss,
    'train/learning-rate': event.learningRate,
    'train/gradient-norm': event.gradientNorm,
    'train/tokens-per-second': event.tokensPerSecond,
    'memory/live': event.liveBytes,
    'memory/peak': event.peakBytes,
  };
  return { ...always, ...prefixed('norm', event.norms ?? {}) };
}

/** Ranks of many layers over many steps seldom change: a rank is a point where it does. */
function changesOnly(): (values: Readonly<Record<string, number>>) => Record<string, number> {
  const before = new Map<string, number>();
  return (values) => {
    const changed = Object.entries(values).filter(([name, value]) => before.get(name) !== value);
    for (const [name, value] of changed) before.set(name, value);
    return Object.fromEntries(changed);
  };
}

const prefixed = (group: string, values: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${group}/${name}`, value]));

/** A value that is not finite (perplexity of a large loss) has no place on a curve. */
const pointsOf = (step: number, values: Readonly<Record<string, number>>) =>
  Object.entries(values)
    .filter(([, value]) => Number.isFinite(value))
    .map(([name, value]) => ({ name, step, value }));

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
