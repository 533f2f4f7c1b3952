/** @file What every way of running a federation shares: what it is given, what it tells while it runs, and what it leaves. */
import { createHash } from 'node:crypto';
import { type Federation, type FederationReport, median, type TrialSpec } from '@rankforge/contracts';
import {
  concerning,
  divide,
  encodeAdapterSet,
  type FederateInput,
  type FederationEvent,
  type FederationResult,
  findStrategy,
  type Partition,
  type SiteKeys,
  sendsNothing,
  type Traffic,
} from '@rankforge/federated';
import { countTrainable, findMethod, type StepEvent } from '@rankforge/peft';
import type { Order } from '../trial/executor.js';
import { buildOptimizer } from './build-optimizer.js';
import { keepCheckpoint } from './checkpoints.js';
import { endedRun } from './ended-run.js';
import type { Finished, Tools } from './kinds/kind.js';
import { RoundCurves } from './round-curves.js';
import type { Prepared } from './session.js';
import { storeAdapter } from './storing.js';

/** Turns an order into the library's input. */
export function federationInput(
  { spec, trialId, budgetBytes }: Order,
  { engine, model, data, task, siteSecret }: Prepared,
  { signal, turn }: Tools,
): FederateInput {
  const { federation, strategy: name } = spec;
  if (!federation || name === undefined) throw new Error(`trial ${trialId} names no federation, or no strategy`);
  const strategy = findStrategy(name);
  return {
    engine,
    model,
    method: findMethod(spec.method),
    config: spec.methodConfig,
    optimizer: buildOptimizer(spec),
    data,
    clients: divide(data.train, federation.partition),
    ...(task.sites && { validation: divide(data.validation, federation.partition) }),
    ...(task.siteKeys && federation.secureAggregation && { keys: keysOf(task.siteKeys, spec, siteSecret) }),
    strategy,
    strategyConfig: spec.strategyConfig ?? {},
    ...optionsOf(spec, concerning(strategy, federation)),
    budgetBytes,
    signal,
    turn,
  };
}

/** Keys of sites. The context is the spec itself, as this worker trains by it: one that it is only told of could be that of another. */
function keysOf(keys: Readonly<Record<string, string>>, spec: TrialSpec, secret: Uint8Array | undefined): SiteKeys {
  const bytes = Object.entries(keys).map(
    ([site, key]) => [site, new Uint8Array(Buffer.from(key, 'base64url'))] as const,
  );
  return { public: new Map(bytes), ...(secret && { own: { secret, context: digestOf(spec) } }) };
}

const digestOf = (spec: TrialSpec): string => createHash('sha256').update(JSON.stringify(spec)).digest('hex');

/** Options of a federation and of its trainings: what comes every so many steps comes every so many rounds. */
function optionsOf({ training, learningRate, seed }: TrialSpec, federation: Federation) {
  const { partition: _, ranks, ...scenario } = federation;
  const { sequenceLength, steps, normEvery, evalEvery, checkpointEvery, ...options } = training;
  const rounds = (every: number) => Math.max(1, Math.round(every / federation.localSteps));
  return {
    options: { ...options, learningRate, seed } as FederateInput['options'],
    ...(ranks && { ranks }),
    federation: {
      ...scenario,
      ...(evalEvery === undefined ? {} : { evalEvery: rounds(evalEvery) }),
      checkpointEvery: rounds(checkpointEvery),
    },
  };
}

/** Tells of a federation while it runs, as points, lines of the log and checkpoints. */
export class FederationTeller {
  private readonly curves = new RoundCurves();
  private readonly speeds: number[] = [];
  private latest: number | null = null;

  constructor(
    private readonly order: Order,
    private readonly tools: Tools,
    private readonly note: (event: StepEvent) => void,
  ) {}

  /** Median over the steps so far. */
  get tokensPerSecond(): number {
    return median(this.speeds);
  }

  readonly tell = async (event: FederationEvent): Promise<void> => {
    const { tools } = this;
    const { spec } = this.order;
    const { localSteps } = spec.federation!;
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
        const step = sendsNothing(findStrategy(spec.strategy!)) ? own.step : (round - 1) * localSteps + own.step;
        this.speeds.push(own.tokensPerSecond);
        this.curves.add(step, own);
        this.note({ ...own, step });
        return;
      }
      case 'round': {
        const told = this.curves.told(event, event.round * localSteps);
        this.latest = told.loss ?? this.latest;
        return tools.reports.progress({ ...told, loss: this.latest });
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
          loss: this.latest,
          points: points.filter(({ value }) => Number.isFinite(value)),
        });
      }
      case 'checkpoint':
        return keepCheckpoint(tools, event.bytes, event.round * localSteps);
    }
  };
}

interface Around extends Pick<Prepared, 'model' | 'data'> {
  tools: Tools;
  clients: Partition;
  tokensPerSecond: number;
}

/** The end of a federation, or of a stop on its way; what it leaves is stored. */
export async function finished(order: Order, result: FederationResult, around: Around): Promise<Finished> {
  const { spec } = order;
  const { tools, model, data, clients, tokensPerSecond } = around;
  const step = result.rounds * spec.federation!.localSteps;
  const { rounds } = result;
  const adapter = result.adapters ? encodeAdapterSet(result.adapters) : result.adapter;
  const run = { of: `federation of ${order.trialId}`, result, adapter, step, at: `in round ${rounds + 1}` };
  return endedRun(run, tools, async ({ adapter: trained, validation }) => {
    const adapter = await storeAdapter(tools, trained, step);
    if (!adapter) return { kind: 'stopped' };
    return {
      kind: 'succeeded',
      step,
      measured: result.peak,
      adapter,
      result: {
        validation,
        trainableParameters: countTrainable({
          model: model.config,
          method: findMethod(spec.method),
          config: spec.methodConfig,
          targets: spec.training.targets,
          optimizer: buildOptimizer(spec),
          ...(data.classes === undefined ? {} : { classes: data.classes }),
        }),
        adapterBytes: adapter.bytes,
        seconds: result.seconds,
        tokensPerSecond,
        federation: reportOf(result, clients),
      },
    };
  });
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
      bytes: bytes.byClient[name] ?? { up: 0, down: 0 },
    })),
    bytes: inTotal(bytes),
    setUp: inTotal(setUp),
    history: history.map(({ round, participants, lost, failed, bytes: sent, aggregationError, epsilon }) => ({
      round,
      // Data in one place are of nobody's.
      participants: participants.flatMap((name) => placeOf.get(name) ?? []),
      ...(lost && { lost: lost.flatMap((name) => placeOf.get(name) ?? []) }),
      ...(failed !== undefined && { failed }),
      bytes: inTotal(sent),
      ...(sent.byClient && sent.up + sent.down > 0 && { bytesByClient: byPlace(names, sent.byClient) }),
      ...(aggregationError === undefined ? {} : { aggregationError }),
      ...(epsilon === undefined ? {} : { epsilon }),
    })),
  };
}

const inTotal = ({ up, down }: Traffic) => ({ up, down });

const byPlace = (names: readonly string[], byClient: Record<string, Traffic>) => {
  const of = (name: string, direction: keyof Traffic) =>
    Object.hasOwn(byClient, name) ? byClient[name]![direction] : 0;
  return { up: names.map((name) => of(name, 'up')), down: names.map((name) => of(name, 'down')) };
};
