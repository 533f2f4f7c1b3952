/** @file Why a federation cannot run: asked before anything is made. */
import type { Execution, GradientPart, Objective } from '@rankforge/peft';
import { actingRank } from '@rankforge/peft/extension';
import type { z } from 'zod';
import { attackUnfit, findAttack } from './attacks/registry.js';
import type { FederationOptions } from './federation-options.js';
import { fixedNumber } from './participation.js';
import { clientOptimizer, type Strategy, type Subject } from './strategy.js';

interface FederationAsked {
  strategy: Strategy;
  strategyConfig: z.infer<Strategy['config']>;
  subject: Subject;
  objective: Objective;
  federation: FederationOptions;
  /** How clients step. Default: nobody asks. */
  steps?: ClientSteps | undefined;
  /** Whether turns of clients are taken apart from each other. */
  apart: boolean;
  /** Whether examples lie with the clients alone, so that these score them, too. */
  held: boolean;
  /** Whether clients have keys that are known before the first round. */
  keyed: boolean;
}

/** How a client makes a step, apart from what a strategy adds to it. */
export interface ClientSteps {
  optimizer: GradientPart;
  /** Default: `tree`. */
  execution?: Execution | undefined;
}

/** A sentence that begins with the field to change; undefined where the federation can run. */
export function federationRefusal({
  strategy,
  strategyConfig,
  subject,
  objective,
  federation,
  ...how
}: FederationAsked) {
  const { apart, held, keyed, steps } = how;
  return (
    unfit(strategy, strategyConfig, subject) ??
    privacyRefusal(strategy, subject, federation) ??
    atOnceRefusal(strategy, objective, federation) ??
    (steps && executionRefusal(strategy, strategyConfig, steps)) ??
    adversaryRefusal(strategy, objective, federation) ??
    secureRefusal(strategy, federation, subject.clients) ??
    (apart ? apartRefusal(federation, keyed) : undefined) ??
    (held ? heldRefusal(strategy, subject, federation) : undefined)
  );
}

/** Why strategy and method do not suit each other. */
function unfit(strategy: Strategy, config: z.infer<Strategy['config']>, subject: Subject): string | undefined {
  if (typeof strategy.sites === 'string') return undefined;
  return differing(subject) ?? strategy.unfit?.(subject, config);
}

/** Why the batches of all local steps of a client cannot be one: gradients of batches would have to add up. */
function atOnceRefusal(
  { name, sites }: Strategy,
  objective: Objective,
  { localSteps }: FederationOptions,
): string | undefined {
  if (typeof sites === 'string' || sites.atOnce === undefined || localSteps === 1 || objective.sumsOver === 'units') {
    return undefined;
  }
  return `strategy: a client of ${name} may take one step over the batches of ${localSteps} local steps, and the loss of ${objective.name} compares the units of a batch with each other: choose another strategy, or set federation.localSteps to 1`;
}

/** Why clients cannot update in the backward pass: what they add needs the gradients of a second one. */
function executionRefusal(
  strategy: Strategy,
  config: z.infer<Strategy['config']>,
  { optimizer, execution }: ClientSteps,
): string | undefined {
  if (execution !== 'perLayer' || !clientOptimizer(strategy, config, optimizer).besides) return undefined;
  return `strategy: a client of ${strategy.name} takes two gradients in a step, and execution perLayer updates while it takes the first: choose another strategy, or execution tree`;
}

/** Attackers change what is sent, or what they train on. */
function adversaryRefusal(
  { name, sites }: Strategy,
  objective: Objective,
  { adversaries }: FederationOptions,
): string | undefined {
  if (!adversaries) return undefined;
  if (typeof sites === 'string') {
    return `federation.adversaries: with strategy ${name} nobody sends anything that could be attacked: leave it out`;
  }
  const unfit = attackUnfit(adversaries.attack, objective.name);
  return unfit && `federation.adversaries: ${unfit}`;
}

/** Whether the next model follows from the sum of what clients trained, weighted by their examples, and from nothing else. */
const needsSumOnly = ({ linear, sites }: Strategy): boolean =>
  typeof sites !== 'string' && linear && !sites.uploads && !sites.up && !sites.upload;

const instead = 'choose one that takes the mean of it, such as FedAvg';

/** Why rounds cannot be private: what is sent besides changes would not be, or ε would not hold. */
function privacyRefusal(
  strategy: Strategy,
  { method, config }: Subject,
  { privacy, participation }: FederationOptions,
): string | undefined {
  if (!privacy) return undefined;
  if (participation.sampling !== 'poisson') {
    return 'federation.participation.sampling: privacy needs "poisson", by which each client takes part by itself: of a fixed number the ε would not hold';
  }
  if (!needsSumOnly(strategy)) {
    return `strategy: ${strategy.name} makes its model of more than the sum of what clients trained, to which noise is added: ${instead}, or leave privacy out`;
  }
  if (!method.calibration?.(config)) return undefined;
  return `method: ${method.name} has clients send gradients before the first round, without noise: choose another, or leave privacy out`;
}

/** Why messages cannot be masked: the server would need more than their sum, or the sum would tell a message. */
function secureRefusal(
  strategy: Strategy,
  { secureAggregation, privacy, participation }: FederationOptions,
  clients: number,
): string | undefined {
  if (!secureAggregation) return undefined;
  const field = 'federation.secureAggregation';
  if (!needsSumOnly(strategy)) {
    return `${field}: strategy ${strategy.name} needs more than the sum of what clients trained: ${instead}, or leave it out`;
  }
  if (privacy) return `${field}: noise is added to changes in the clear, and masks hide them: leave one of the two out`;
  const fewest = participation.sampling === 'fixed' ? fixedNumber(clients, participation.share) : clients;
  return fewest < 2 ? `${field}: the sum of one client is its message: let two or more take part` : undefined;
}

/** Why clients cannot have these ranks of their own. */
export function ranksRefusal(
  strategy: Strategy,
  { method, config }: Subject,
  { of, names }: { of: Readonly<Record<string, number>>; names: readonly string[] },
): string | undefined {
  if (Object.keys(of).length > 0 && !(strategy.ownRanks && method.usesRank)) {
    const what = method.usesRank
      ? `strategy ${strategy.name} aggregates tensors of one rank`
      : `${method.name} has no rank`;
    return `${what}: leave them out, or take a strategy that aggregates products`;
  }
  const most = (config as { rank: number }).rank;
  for (const [name, rank] of Object.entries(of)) {
    if (!names.includes(name)) return `${name} is no client; there are ${names.join(', ')}`;
    if (Number.isInteger(rank) && rank >= 1 && rank <= most) continue;
    return `expected a whole number from 1 to ${most}, the rank of the configuration, got ${rank} for ${name}`;
  }
  return undefined;
}

/** Why clients cannot take their turns in processes of their own: they would have to speak with each other within a round. */
export function apartRefusal(
  { adversaries, secureAggregation }: FederationOptions,
  keyed: boolean,
): string | undefined {
  const instead = 'which turns in processes of their own cannot do: let them take turns in one process';
  if (adversaries && findAttack(adversaries.attack).together) {
    return `federation.adversaries: attackers of ${adversaries.attack} agree on what they send once all have trained, ${instead}, or choose another attack`;
  }
  return secureAggregation && !keyed
    ? `federation.secureAggregation: clients without keys of their own exchange some before they send, ${instead}, or leave it out`
    : undefined;
}

/**
 * Clients exchange what is trained. What is frozen must be the same everywhere, which the federation sees to before the first round: it
 * makes the first values once, from what clients found out together. A method that changes frozen tensors later cannot be exchanged so.
 */
function differing({ method, config, plan }: Subject): string | undefined {
  const instead =
    'what is frozen would differ between clients: choose another method, or train each client alone or on pooled data';
  const why = (reason: string) => `method: ${method.name} ${reason}, so that ${instead}`;
  const scheduled = plan.adapters.find((adapter) => adapter.scheduled);
  if (scheduled) return why(`changes ${scheduled.path} between steps, which is not trained`);
  if (actingRank(method, config)) return why('changes ranks or tensors between steps by a state of its own');
  if (method.pruning) return why('prunes the base while it prepares');
  if (method.synthesis) return why('trains on examples that it writes itself');
  const request = method.calibration?.(config);
  if (request && (request.statistic !== 'gradient' || request.inTurn || request.replacements)) {
    return why('makes its first values of more than a gradient, and only gradients are averaged over clients');
  }
  return undefined;
}

/** Why examples cannot lie with the clients alone: somebody else would have to read them. */
function heldRefusal(
  { name, sites }: Strategy,
  { method, config }: Subject,
  { evalEvery }: FederationOptions,
): string | undefined {
  const lie = 'and examples lie with the clients alone';
  if (sites === 'together')
    return `strategy: ${name} trains on the examples of all in one place, ${lie}: choose another`;
  if (sites === 'alone') return `strategy: ${name} has clients train in one process, ${lie}: choose another`;
  if (evalEvery !== undefined) {
    return 'federation.evalEvery: clients score their own validation examples once, when all rounds are done: leave it out';
  }
  if (!method.calibration?.(config)) return undefined;
  return `method: ${method.name} makes its first values of gradients that the server takes, ${lie}: choose one that draws them`;
}
