/** @file The sweep that is run twice, and what is read from it. */
import type { CreateSweepInput, SweepView, TrialKind } from '@rankforge/contracts';
import { finalTrialStates, measures, trialKindOf } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import type { Cluster } from './cluster.js';

/** Different in their weights, their first values and their optimizer state; AdaLoRA also changes ranks while it trains. */
const methods = ['lora', 'dora', 'pissa', 'adalora'];
const learningRates = [0.003, 0.01];
export const trialsPerSeed = methods.length * learningRates.length;
const steps = 100;

/** Short trainings of four methods on Moby-Dick; `trials` is rounded up to whole seeds. */
export function chaosSweep(base: string, trials: number): CreateSweepInput {
  return {
    name: 'chaos',
    task: 'moby-dick',
    base,
    methods: methods.map((name) => ({ name })),
    rank: [2],
    memoryBudgetMiB: [512],
    learningRate: learningRates,
    seed: Array.from({ length: Math.ceil(trials / trialsPerSeed) }, (_, seed) => seed),
    training: { steps, batchSize: 16, sequenceLength: 32, checkpointEvery: 10 },
    // A trial may be hit many times; that its attempts are used up is tested elsewhere.
    retries: 10,
  };
}

/** The same on the engine torch, of methods that it trains, on layers that lie in modules of their own. */
export function chaosOnTorch(base: string, trials: number): CreateSweepInput {
  const { training, ...sweep } = chaosSweep(base, trials);
  return {
    ...sweep,
    engine: 'torch',
    methods: ['lora', 'rslora', 'dora', 'vera'].map((name) => ({ name })),
    training: { ...training, targets: ['fc_in'] },
  };
}

/** What clients of these keep, send and merge differs. */
const strategies = ['fedavg', 'scaffold', 'sparse', 'stack'];
const clients = [3, 2, 1];

/** Short federations of three clients on Moby-Dick; `trials` is rounded up to whole seeds. */
export function chaosFederations(base: string, trials: number, asTrials: boolean): CreateSweepInput {
  const { training, methods: _, ...sweep } = chaosSweep(base, trials);
  return {
    ...sweep,
    kind: 'federate',
    federation: { partition: { by: 'size', shares: clients }, rounds: 5, localSteps: 8, asTrials },
    methods: strategies.map((strategy) => ({ name: 'lora', strategy })),
    training: { batchSize: training!.batchSize!, sequenceLength: training!.sequenceLength! },
  };
}

/** Trainings, and scorings of the chosen configuration of each method. */
export function trialsOf({ seed = [], methods = [] }: CreateSweepInput): number {
  return seed.length * methods.length * (learningRates.length + 1);
}

/** The same with the turns of clients that are trials. */
export function workOf(sweep: CreateSweepInput): number {
  const { federation, seed = [], methods } = sweep;
  const turns = federation?.asTrials ? federation.rounds * clients.length : 0;
  return trialsOf(sweep) + seed.length * methods.length * learningRates.length * turns;
}

export async function submit(cluster: Cluster, sweep: CreateSweepInput): Promise<string> {
  return ((await cluster.request('/v1/sweeps', sweep)) as SweepView).id;
}

export interface Progress {
  ended: number;
  completed: boolean;
}

export async function progressOf(db: Database, sweepId: string): Promise<Progress> {
  const [ended, sweep] = await Promise.all([
    db.trial.count({ where: { sweepId, state: { in: [...finalTrialStates] } } }),
    db.sweep.findUniqueOrThrow({ where: { id: sweepId }, select: { state: true } }),
  ]);
  return { ended, completed: sweep.state === 'COMPLETED' };
}

/** Everything a trial found, and nothing that depends on the time it took or on the attempts it needed. */
export interface TrialOutcome {
  state: string;
  reason: string | null;
  step: number;
  loss: number | null;
  objective: number | null;
  result: unknown;
  exampleScores: unknown;
  adapter: string | null;
  /** By name and step. */
  metrics: Readonly<Record<string, number>>;
}

/** Outcomes by trial key, which says what was asked for and is the same in every run. */
export async function outcomesOf(db: Database, sweepId: string): Promise<Map<string, TrialOutcome>> {
  const trials = await db.trial.findMany({
    where: { sweepId },
    include: { artifacts: { where: { kind: 'adapter' } } },
    orderBy: { ordinal: 'asc' },
  });
  const outcomes = new Map<string, TrialOutcome>();
  for (const { id, kind, method, seed, learningRate, key, spec, ...trial } of trials) {
    const { folded, trains } = trialKindOf(kind as TrialKind);
    // Turns of clients are told by their federation, which is the same trial whoever takes them.
    if (folded) continue;
    const metrics = await db.metric.findMany({ where: { trialId: id } });
    const { strategy } = spec as { strategy?: string };
    const name = [trains ? 'train' : kind, method, strategy].filter(Boolean).join(' ');
    outcomes.set(`${name} lr ${learningRate} seed ${seed} (${key.slice(0, 8)})`, {
      state: trial.state,
      reason: trial.reason,
      step: trial.step,
      loss: trial.loss,
      objective: trial.objective,
      result: withoutTimes(trial.result),
      exampleScores: trial.exampleScores,
      adapter: trial.artifacts[0]?.sha256 ?? null,
      metrics: Object.fromEntries(
        metrics.filter(({ name }) => !hangsOnTheRun(name)).map(({ name, step, value }) => [`${name} @${step}`, value]),
      ),
    });
  }
  return outcomes;
}

/** Speed and memory are measured; a rank is noted where it changes, and once more where a training goes on. */
const hangsOnTheRun = (name: string) => /^(train\/tokens-per-second|memory\/|rank\/)/.test(name);

export async function boardOf(cluster: Cluster, { task, base }: CreateSweepInput, sweepId: string): Promise<unknown> {
  const query = new URLSearchParams({ task, base, sweepId });
  return withoutTimes(await cluster.request(`/v1/leaderboard?${query}`));
}

const observed = measures.filter((measure) => measure.observed).map(({ name }) => name);
const ofTheRun = new Set(['seconds', 'trialIds', 'pareto', ...observed]);

/** A copy without the fields that a second run measures anew, or numbers anew. */
function withoutTimes(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (name, inner) => (ofTheRun.has(name) ? undefined : inner)));
}
