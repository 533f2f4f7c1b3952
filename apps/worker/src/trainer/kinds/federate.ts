/** @file Trains by rounds of clients that take turns, from a checkpoint where there is one, and stores what it leaves. */
import { exceedsBudget, type Federation, type FederationReport, MIB, type TrialSpec } from '@rankforge/contracts';
import {
  concerning,
  countTrainable,
  divide,
  encodeAdapterSet,
  type FederationEvent,
  type FederationResult,
  federate as federateModel,
  findMethod,
  findStrategy,
  type LoadedBase,
  type Partition,
  sendsNothing,
} from '@rankforge/peft';
import type { Order } from '../../trial/executor.js';
import { buildOptimizer } from '../build-optimizer.js';
import { keepCheckpoint, readCheckpoint } from '../checkpoints.js';
import { median } from '../points.js';
import { RoundCurves } from '../round-curves.js';
import type { Prepared } from '../session.js';
import { storeAdapter } from '../storing.js';
import type { Finished, Tools, TrialRunner } from './kind.js';

export const federate: TrialRunner = {
  async run(order, prepared, tools, note) {
    const { spec } = order;
    const { engine, model, data } = prepared;
    const { federation, strategy: name } = spec;
    if (!federation || name === undefined)
      throw new Error(`trial ${order.trialId} names no federation, or no strategy`);
    const started = performance.now();
    const strategy = findStrategy(name);
    const { localSteps } = federation;
    const clients = divide(data.train, federation.partition);
    const resume = await readCheckpoint(order, tools);
    const curves = new RoundCurves();
    const speeds: number[] = [];
    let latest: number | null = null;
    const onEvent = async (event: FederationEvent) => {
      tools.signs.other();
      switch (event.type) {
        case 'client': {
          const { event: own, round, client } = event;
          if (own.type === 'notice' && round <= 1) tools.reports.log(`${client}: ${spec[own.of]}: ${own.text}`);
          if (own.type === 'calibration' && own.batch === 1) {
            tools.reports.log(`${client} takes the gradient of its examples, in ${own.batches} batches`);
          }
          if (own.type !== 'step') return;
          // Where nobody sends anything, a client's training goes on from round to round.
          const step = sendsNothing(strategy) ? own.step : (round - 1) * localSteps + own.step;
          speeds.push(own.tokensPerSecond);
          curves.add(step, own);
          note({ ...own, step });
          return;
        }
        case 'round': {
          const told = curves.told(event, event.round * localSteps);
          latest = told.loss ?? latest;
          return tools.reports.progress({ ...told, loss: latest });
        }
        case 'validation': {
          const step = event.round * localSteps;
          const points = Object.entries(event.metrics).map(([metric, value]) => ({
            name: `validation/${metric}`,
            step,
            value,
          }));
          return tools.reports.progress({
            step,
            loss: latest,
            points: points.filter(({ value }) => Number.isFinite(value)),
          });
        }
        case 'checkpoint':
          return keepCheckpoint(tools, event.bytes, event.round * localSteps);
      }
    };
    const result = await federateModel({
      engine,
      model,
      method: findMethod(spec.method),
      config: spec.methodConfig,
      optimizer: buildOptimizer(spec),
      data,
      clients,
      strategy,
      strategyConfig: spec.strategyConfig ?? {},
      ...optionsOf(spec, concerning(strategy, federation)),
      budgetBytes: order.budgetBytes,
      signal: tools.signal,
      turn: tools.turn,
      onEvent,
      ...(resume ? { resume: resume.bytes } : {}),
    });
    const seconds = (performance.now() - started) / 1000;
    return finished(order, result, { tools, model, data, clients, seconds, tokensPerSecond: median(speeds) });
  },
};

/** Options of a federation and of its trainings: what comes every so many steps comes every so many rounds. */
function optionsOf({ training, learningRate, seed }: TrialSpec, federation: Federation) {
  const { partition: _, ...scenario } = federation;
  const { sequenceLength, steps, normEvery, evalEvery, checkpointEvery, ...options } = training;
  const rounds = (every: number) => Math.max(1, Math.round(every / federation.localSteps));
  return {
    options: { ...options, learningRate, seed } as Parameters<typeof federateModel>[0]['options'],
    federation: {
      ...scenario,
      ...(evalEvery === undefined ? {} : { evalEvery: rounds(evalEvery) }),
      checkpointEvery: rounds(checkpointEvery),
    },
  };
}

interface Around extends Pick<Prepared, 'data'> {
  tools: Tools;
  model: LoadedBase;
  clients: Partition;
  seconds: number;
  tokensPerSecond: number;
}

async function finished(order: Order, result: FederationResult, around: Around): Promise<Finished> {
  const { spec } = order;
  const { tools, model, data, clients, seconds, tokensPerSecond } = around;
  const step = result.rounds * spec.federation!.localSteps;
  if (result.overBudget) {
    const { part, budgetBytes } = result.overBudget;
    return {
      kind: 'over-budget',
      reason: `${exceedsBudget('measured', result.peak, budgetBytes / MIB)}, in round ${result.rounds + 1}`,
      measured: result.peak,
      dominantPart: part,
    };
  }
  if (result.outcome === 'stopped') {
    if (result.checkpoint && tools.signal.reason === 'drain' && result.rounds > 0) {
      await keepCheckpoint(tools, result.checkpoint, step);
    }
    return { kind: 'stopped' };
  }
  const trained = result.adapters ? encodeAdapterSet(result.adapters) : result.adapter;
  if (!trained || !result.validation) throw new Error(`federation of ${order.trialId} ended without an adapter`);
  const adapter = await storeAdapter(tools, trained, step);
  if (!adapter) return { kind: 'stopped' };
  return {
    kind: 'succeeded',
    step,
    measured: result.peak,
    adapter,
    result: {
      validation: result.validation,
      trainableParameters: countTrainable({
        model: model.config,
        method: findMethod(spec.method),
        config: spec.methodConfig,
        targets: spec.training.targets,
        optimizer: buildOptimizer(spec),
        ...(data.classes === undefined ? {} : { classes: data.classes }),
      }),
      adapterBytes: adapter.bytes,
      seconds,
      tokensPerSecond,
      federation: reportOf(result, clients),
    },
  };
}

function reportOf({ history, bytes, setUp, attackers }: FederationResult, clients: Partition): FederationReport {
  const names = [...clients.keys()];
  const placeOf = new Map(names.map((name, place) => [name, place]));
  return {
    clients: [...clients].map(([name, examples]) => ({
      name,
      examples: examples.length,
      rounds: history.filter(({ participants }) => participants.includes(name)).length,
      ...(attackers.includes(name) && { attacks: true as const }),
    })),
    bytes,
    setUp,
    history: history.map(({ round, participants, bytes: sent, aggregationError, epsilon }) => ({
      round,
      // Data in one place are of nobody's.
      participants: participants.flatMap((name) => placeOf.get(name) ?? []),
      bytes: sent,
      ...(aggregationError === undefined ? {} : { aggregationError }),
      ...(epsilon === undefined ? {} : { epsilon }),
    })),
  };
}
