/** @file Trains a configuration by a runner: the worker says what to do and keeps what comes of it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dominantPart, type MemoryByPart, median, type Scores } from '@rankforge/contracts';
import {
  DivergedError,
  type Evaluation,
  findMethod,
  judgedBy,
  leftByRunner,
  orderFor,
  scoresOfRead,
} from '@rankforge/peft';
import type { Order, StopReason } from '../../trial/executor.js';
import { buildOptimizer } from '../build-optimizer.js';
import { keepCheckpoint, readCheckpoint } from '../checkpoints.js';
import type { Finished, TrialRunner } from '../kinds/kind.js';
import { firstValuesLog } from '../log-lines.js';
import { pointsOf, prefixed, stepMetrics } from '../points.js';
import { storeAdapter } from '../storing.js';
import { baseForRunner } from './base.js';
import { type Conversation, endingOf, inConversation } from './conversation.js';
import type { RunnerLine } from './runner-process.js';
import { Workplace } from './workplace.js';
import { writtenOrder } from './written-order.js';

export const train: TrialRunner = {
  async run(order, prepared, tools, note) {
    const { spec } = order;
    const { engine, model, data } = prepared;
    const { reports, turn } = tools;
    const began = performance.now();
    const resume = await readCheckpoint(order, tools);
    const start = spec.from ? await tools.store.read(spec.from) : undefined;
    const { sequenceLength: _, ...training } = spec.training;
    const until = spec.until ?? spec.training.steps;
    const onFirstValues = firstValuesLog(reports.log);
    const ordered = await orderFor({
      engine,
      model,
      method: findMethod(spec.method),
      config: spec.methodConfig,
      optimizer: buildOptimizer(spec),
      data,
      options: { ...training, learningRate: spec.learningRate, seed: spec.seed } as Parameters<
        typeof orderFor
      >[0]['options'],
      turn,
      ...(spec.until === undefined ? {} : { until: spec.until }),
      ...(spec.validationExamples === undefined ? {} : { validationExamples: spec.validationExamples }),
      ...(start ? { start } : {}),
      onEvent: (event) => (event.type === 'first-values' ? onFirstValues(event) : undefined),
    });
    const { validation } = judgedBy(data, spec.validationExamples);
    const workplace = await Workplace.open(tools.session.scratch);
    let latest = { step: resume?.step ?? 0, loss: null as number | null };
    let evaluation: { step: number; scores: Evaluation } | undefined;
    let peak = 0;
    const seconds: number[] = [];
    const speeds: number[] = [];
    const isOver = () => peak > order.budgetBytes;
    const take = async (line: RunnerLine): Promise<StopReason | 'over-budget' | undefined> => {
      switch (line.type) {
        case 'loaded': {
          requireSame('scalars are trained', ordered.trainableParameters, line.parameters);
          requireSame('scalars are decayed', ordered.decayed, line.decayed);
          requireSame('steps are done before', resume?.step ?? 0, line.step);
          return undefined;
        }
        case 'progress': {
          requireSame('steps are done', latest.step + 1, line.step);
          peak = Math.max(peak, line.peak);
          seconds.push(line.seconds);
          speeds.push(line.tokens / line.seconds);
          latest = { step: line.step, loss: line.loss };
          const event = {
            type: 'step' as const,
            ...latest,
            loss: line.loss,
            learningRate: ordered.rates[line.step - 1]!,
            gradientNorm: line.gradientNorm,
            tokensPerSecond: line.tokens / line.seconds,
            liveBytes: line.allocated,
            peakBytes: peak,
          };
          note(event);
          reports.progress({ ...latest, points: pointsOf(line.step, stepMetrics(event)) });
          return isOver() ? 'over-budget' : undefined;
        }
        case 'checkpoint':
          requireSame('steps are in the checkpoint', latest.step, line.step);
          await keepCheckpoint({ ...tools, turn: away }, await workplace.read(line.file), line.step);
          return undefined;
        case 'evaluated': {
          if (line.split !== 'validation')
            throw new Error(`the runner scored ${line.split}, and validation was ordered`);
          const scores = scoresOfRead(data, validation, await workplace.read(line.file));
          if (!Number.isFinite(scores.metrics.loss)) {
            throw new DivergedError(line.step, `validation loss ${scores.metrics.loss}`);
          }
          evaluation = { step: line.step, scores };
          reports.progress({ ...latest, points: pointsOf(line.step, prefixed('validation', scores.metrics)) });
          return undefined;
        }
        default:
          return undefined;
      }
    };
    try {
      const conversation = await turn.away(async () =>
        inConversation(
          order,
          tools,
          await writtenOrder(ordered, workplace, {
            base: await baseForRunner(order, prepared, tools),
            steps: until,
            microBatch: spec.training.batchSize,
            accumulate: spec.training.accumulate,
            seed: spec.seed,
            budgetBytes: order.budgetBytes,
            threads: tools.session.threads,
            ...(spec.training.devices && { devices: spec.training.devices }),
            evaluateEvery: spec.training.evalEvery ?? null,
            checkpointEvery: spec.training.checkpointEvery ?? null,
            resume: resume?.bytes,
          }),
          take,
        ),
      );
      const ended = endingOf(order, conversation);
      if ('kind' in ended) return ended;
      if (isOver()) return overBudget(order, ended, peak, latest.step);
      if (ended.outcome === 'stopped') return { kind: 'stopped' };
      requireSame('steps are done', until, ended.step);
      requireSame(
        'examples are trained on',
        until * spec.training.accumulate * spec.training.batchSize,
        ended.examples,
      );
      if (!ended.adapter || evaluation?.step !== until)
        throw new Error('the runner completed without adapter or scores');
      const folder = await workplace.inWorkdir(ended.adapter);
      const trained = leftByRunner(model.config, ordered.first, {
        config: JSON.parse(await readFile(join(folder, 'adapter_config.json'), 'utf8')),
        weights: await readFile(join(folder, 'adapter_model.safetensors')),
      });
      const adapter = await storeAdapter(tools, trained, until);
      if (!adapter) return { kind: 'stopped' };
      return {
        kind: 'succeeded',
        step: until,
        ...measuredBy(ended),
        adapter,
        result: {
          validation: evaluation.scores.metrics as Scores,
          trainableParameters: ordered.trainableParameters,
          adapterBytes: adapter.bytes,
          seconds: (performance.now() - began) / 1000,
          medianStepMs: median(seconds) * 1000,
          tokensPerSecond: median(speeds),
        },
      };
    } finally {
      await workplace.close();
    }
  },
};

/** The runner has the engine's turn to nobody: what is stored meanwhile need not pass it on. */
const away = { away: <T>(work: () => Promise<T>) => work(), pass: async () => undefined, watch: () => () => undefined };

/** @throws Error where what ran is not what was asked for */
function requireSame(what: string, ordered: number, found: number): void {
  if (ordered !== found)
    throw new Error(
      `by the order ${ordered} ${what}, and the runner says ${found}: what ran is not what was asked for`,
    );
}

/** Bytes at the peak, where the runner says them by part. */
function measuredBy({ peak, parts }: Conversation): { measured?: MemoryByPart } {
  return parts && peak > 0 ? { measured: { ...parts, total: peak } } : {};
}

function overBudget({ predicted, budgetBytes }: Order, ended: Conversation, peak: number, step: number): Finished {
  const { measured } = measuredBy(ended);
  return {
    kind: 'over-budget',
    reason: `the runner held ${peak} bytes of tensors at step ${step} (predicted ${predicted.total} bytes, budget ${budgetBytes})`,
    ...(measured && { measured }),
    dominantPart: dominantPart(measured ?? predicted),
  };
}
