/** @file Parses what a federation is given, and refuses it where it cannot run. Nothing is on the device yet. */
import { createHash } from 'node:crypto';
import {
  createRandom,
  findObjective,
  type Metrics,
  type Random,
  type Split,
  type TaskData,
  type TrainEvent,
  type TrainInput,
  type TrainOptions,
  type TrainOptionsInput,
  trainOptionsSchema,
} from '@rankforge/peft';
import { headOf, learningRateAt, planTrial, subsetOf, type TrialPlan } from '@rankforge/peft/extension';
import type { z } from 'zod';
import { findAttack } from './attacks/registry.js';
import type { CountedTraffic, Traffic } from './counted.js';
import { type FederationOptions, federationOptionsSchema } from './federation-options.js';
import { attackersAmong, lostAmong, participants } from './participation.js';
import type { Partition } from './partition.js';
import { federationRefusal, ranksRefusal } from './refusal.js';
import { requireKeys, type SiteKeys } from './site-keys.js';
import type { Rounds, Strategy, Subject } from './strategy.js';

/** Options of a training that a federation decides itself. */
type Decided = 'steps' | 'evalEvery' | 'checkpointEvery' | 'normEvery';

export interface FederateInput
  extends Pick<TrainInput, 'engine' | 'model' | 'method' | 'config' | 'optimizer' | 'turn' | 'signal' | 'budgetBytes'> {
  strategy: Strategy;
  /** Parsed by the strategy's schema here: defaults may be left out. */
  strategyConfig?: unknown;
  federation: z.input<typeof federationOptionsSchema>;
  data: TaskData;
  /** The training examples of each client, see partition.ts. */
  clients: Partition;
  /** Ranks of clients by name, where they have one of their own; at most that of the configuration. */
  ranks?: Readonly<Record<string, number>>;
  /** Validation examples of each client, by the same names: the global model is then scored on each part too. Omitted: it is not. */
  validation?: Partition;
  /**
   * Options of every training at a client. A schedule runs over all rounds: a round has the learning rate of its first step. Where a client
   * trains alone, or on pooled data, it has that of each step.
   */
  options: Omit<TrainOptionsInput, Decided>;
  /**
   * Whether a client is lost in a round, 1-based: it receives what the round begins with, and sends nothing. It is asked when the client's
   * turn comes, where clients send anything. Omitted: none is.
   */
  lost?(at: { round: number; client: string }): boolean | Promise<boolean>;
  /**
   * Whether a client whose message came is gone, in a round, 1-based, before it tells the shares that undo masks. It is asked where messages
   * are masked. Omitted: none is.
   */
  silent?(at: { round: number; client: string }): boolean | Promise<boolean>;
  /**
   * Clients take their turns in other processes: the files that those of one round left (`takeTurnApart`), by the clients' places. A client
   * without one is lost to that round, and before any other round it waits. Omitted: clients take their turns here.
   *
   * `validates`: examples of `validation` lie with the clients. Once all rounds are done it waits for a further turn of every client, in
   * which each scores its own.
   */
  apart?: { round: number; turns: ReadonlyMap<number, Uint8Array>; validates?: boolean };
  /** Keys of the clients, by which turns in other processes mask their messages. Omitted: masks are agreed on in one process. */
  keys?: SiteKeys;
  /** Bytes of a checkpoint event of the same federation: it goes on after that round. */
  resume?: Uint8Array;
  onEvent?(event: FederationEvent): void | Promise<void>;
}

/** Clients times rounds up to which records of rounds tell bytes by client: they stay in checkpoints and results. */
export const mostTold = 100_000;

export interface RoundRecord {
  /** 1-based. */
  round: number;
  /** Names of the clients that sent a message, or, where nobody sends any, of all. */
  participants: string[];
  /** Names of the clients that took part and sent nothing; absent where all sent. */
  lost?: string[];
  /** Names of the clients whose message came, and that told no shares to undo masks; absent where all did. */
  silent?: string[];
  /** Why the round changed nothing, where too many were lost. */
  failed?: string;
  /** By client too, where clients times rounds are at most `mostTold`. */
  bytes: Traffic & Partial<CountedTraffic>;
  /** The ε that the rounds so far cost, where noise makes them private: before whoever does not know `participants`. */
  epsilon?: number;
  /** Distance of the next update of the kernels from the mean of those of clients, relative to its size; where updates are products. */
  aggregationError?: number;
  /** Scores on validation, where the round has any. */
  metrics?: Metrics;
  /** Scores on the parts of clients. */
  byClient?: Record<string, Metrics>;
}

export type FederationEvent =
  /** An event of a client's training; its steps count within the round. */
  | { type: 'client'; round: number; client: string; event: TrainEvent }
  | ({ type: 'round' } & RoundRecord)
  | ({ type: 'validation'; round: number } & Pick<Required<RoundRecord>, 'metrics'> & Pick<RoundRecord, 'byClient'>)
  | { type: 'checkpoint'; round: number; bytes: Uint8Array };

export interface Client {
  name: string;
  /** The method as the client has it: with a rank of its own, where it has one. */
  subject: Subject;
  data: TaskData;
  examples: number;
}

export interface Federation extends Omit<FederateInput, 'options' | 'federation' | 'clients'> {
  /** The method's configuration, parsed, and the strategy's. */
  config: unknown;
  strategyConfig: unknown;
  federation: FederationOptions;
  /** Options as a training of all steps would have them. */
  options: TrainOptions;
  clients: readonly Client[];
  plan: TrialPlan;
  subject: Subject;
  /** Names base, method, optimizer, strategy, options and clients: messages and checkpoints are of one federation. */
  identity: string;
  /** Absent where nobody sends anything. */
  rounds: Rounds<unknown> | undefined;
  participants(round: number): readonly number[];
  /** Clients of a round whose turns are drawn as lost, by their places. */
  lostIn(round: number): ReadonlySet<number>;
  /** Clients that attack, by their places. */
  attackers: ReadonlySet<number>;
  /** The federation's own stream. */
  random: Random;
  emit(event: FederationEvent): Promise<void>;
}

/**
 * @throws ZodError for options that are not valid
 * @throws RangeError naming a client without an example or a key, or an index that is none
 * @throws Error with the reason where strategy and method do not suit each other
 */
export function settleFederation(input: FederateInput): Federation {
  const { method, model, data, strategy, optimizer } = input;
  const federation = federationOptionsSchema.parse(input.federation);
  const strategyConfig = strategy.config.parse(input.strategyConfig ?? {});
  const steps = federation.rounds * federation.localSteps;
  const options = trainOptionsSchema.parse({ ...input.options, steps });
  const config = method.config.parse(input.config);
  const head = headOf(data);
  const plan = planTrial({ model: model.config, method, config, targets: options.targets, ...head });
  const parts = partsOf('clients', input.clients, data.train);
  if (input.validation) partsOf('validation', input.validation, data.validation, input.clients);
  const sites = strategy.sites === 'together' ? union(parts) : parts;
  const subject: Subject = { method, config, plan, clients: sites.length };
  const ownRank = rankedSubject(input, subject, { targets: options.targets, ...head });
  const clients = sites.map(([name, indices]) => ({
    name,
    subject: ownRank(name),
    data: { ...data, train: subsetOf(data.train, indices) },
    examples: indices.length,
  }));
  const refused = federationRefusal({
    strategy,
    strategyConfig,
    subject,
    objective: findObjective(data.objective),
    federation,
    steps: { optimizer, execution: options.execution },
    apart: input.apart !== undefined,
    held: input.apart?.validates ?? false,
    keyed: input.keys !== undefined,
  });
  if (refused !== undefined) throw new Error(refused);
  if (input.keys) requireKeys(input.keys, input.clients.keys());
  const { rounds, participation, adversaries, privacy, secureAggregation } = federation;
  const random = createRandom(options.seed).fork('federation');
  const everyone = clients.map((_, index) => index);
  const attackers = attackersAmong(clients.length, adversaries?.share ?? 0, random);
  const examples = adversaries && findAttack(adversaries.attack).examples;
  if (examples) for (const index of attackers) clients[index]!.data.train = examples(clients[index]!.data.train, data);
  return {
    ...input,
    federation,
    strategyConfig,
    options,
    config,
    clients,
    plan,
    subject,
    identity: identityOf({
      base: model.fingerprint(),
      optimizer: optimizer.builtBy,
      method: method.name,
      config,
      options,
      strategy: strategy.name,
      strategyConfig,
      rounds,
      participation,
      lost: federation.lost,
      adversaries,
      privacy,
      secureAggregation,
      clients: parts,
      ranks: input.ranks,
      ...head,
    }),
    attackers,
    random,
    rounds: typeof strategy.sites === 'string' ? undefined : strategy.sites,
    participants: (round) =>
      typeof strategy.sites === 'string' ? everyone : participants(clients.length, round, { ...participation, random }),
    lostIn: (round) => lostAmong(clients.length, round, { share: federation.lost, random }),
    emit: async (event) => input.onEvent?.(event),
  };
}

const identityOf = (parts: object): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);

/**
 * The method as a client has it.
 *
 * @throws RangeError naming a client or a rank that there is not
 */
function rankedSubject(
  { ranks = {}, clients, strategy, model }: FederateInput,
  subject: Subject,
  plan: { targets: readonly string[]; classes?: number },
): (client: string) => Subject {
  const { method, config } = subject;
  const refused = ranksRefusal(strategy, subject, { of: ranks, names: [...clients.keys()] });
  if (refused !== undefined) throw new RangeError(`ranks: ${refused}`);
  return (client) => {
    const rank = ranks[client];
    if (rank === undefined) return subject;
    const own = method.config.parse({ ...(config as object), rank });
    return { ...subject, config: own, plan: planTrial({ model: model.config, method, config: own, ...plan }) };
  };
}

type Part = readonly [name: string, indices: readonly number[]];

function partsOf(field: string, partition: Partition, { size }: Split, clients: Partition = partition): Part[] {
  if (partition.size === 0) throw new RangeError(`${field}: expected at least one client, got none`);
  for (const [name, indices] of partition) {
    if (!clients.has(name))
      throw new RangeError(`${field}: ${name} is no client; there are ${[...clients.keys()].join(', ')}`);
    if (indices.length === 0) {
      throw new RangeError(`${field}: ${name} has no example: leave it out, or divide the examples otherwise`);
    }
    const wrong = indices.find((index) => !Number.isInteger(index) || index < 0 || index >= size);
    if (wrong !== undefined)
      throw new RangeError(`${field}: ${name} has example ${wrong}, and there are 0 to ${size - 1}`);
  }
  return [...partition];
}

const union = (parts: readonly Part[]): Part[] => [
  ['all', [...new Set(parts.flatMap(([, indices]) => indices))].sort((a, b) => a - b)],
];

/** Examples of some clients together, by their places. */
export const examplesOf = ({ clients }: Federation, some: readonly number[]): number =>
  some.reduce((sum, client) => sum + clients[client]!.examples, 0);

/** A client's share of the examples of all that are asked in a round. */
export const weightOf = (federation: Federation, { round, client }: { round: number; client: number }): number =>
  examplesOf(federation, [client]) / examplesOf(federation, federation.participants(round));

/** A client's own draws, by which numbers of its masked message are rounded. */
export const roundingOf = ({ random }: Federation, { round, client }: { round: number; client: number }): Random =>
  random.fork(`rounding/${round}/${client}`);

/** Options of a client's training in a round: the learning rate is that of the round's first step. */
export function roundOptions({ options, federation: { localSteps } }: Federation, round: number): TrainOptionsInput {
  const learningRate = learningRateAt(round * localSteps + 1, options);
  const { headLearningRate } = options;
  return {
    ...options,
    steps: localSteps,
    schedule: 'constant',
    warmupSteps: 0,
    learningRate,
    ...(headLearningRate === undefined
      ? {}
      : { headLearningRate: (headLearningRate * learningRate) / options.learningRate }),
  };
}
