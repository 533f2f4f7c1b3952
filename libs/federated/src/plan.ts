/** @file Predicts what a federation would send and spend, or why it cannot run: asked before anything is made, from shapes alone. */
import type { PlanOptions } from '@rankforge/peft';
import { objectiveFor, planTrial } from '@rankforge/peft/extension';
import type { z } from 'zod';
import { type FederationOptions, federationOptionsSchema } from './federation-options.js';
import { mergedConfig } from './merged-adapter.js';
import { spent } from './privacy.js';
import { type ClientSteps, federationRefusal, ranksRefusal } from './refusal.js';
import type { Strategy } from './strategy.js';
import { type PredictedTraffic, predictTraffic } from './traffic.js';

type FederationInput = z.input<typeof federationOptionsSchema>;

export interface PlanFederationInput
  extends Pick<PlanOptions, 'model' | 'method' | 'config' | 'targets' | 'classes' | 'objective'> {
  strategy: Strategy;
  /** Parsed by the strategy's schema here: defaults may be left out. */
  strategyConfig?: unknown;
  federation: FederationInput;
  clients: number;
  /** How clients step, where that is to be checked, too. */
  steps?: ClientSteps;
  /** Ranks of clients by name, with the names of all. Default: each has that of the configuration. */
  clientRanks?: { of: Readonly<Record<string, number>>; names: readonly string[] };
  /** Clients take their turns in processes of their own. Default: in one. */
  apart?: boolean;
  /** Examples lie with the clients alone, so that these score them, too. Default: they do not. */
  held?: boolean;
  /** Clients have keys by which turns in processes of their own mask messages. Default: they have none. */
  keyed?: boolean;
}

/** Where a federation cannot run: the field to change, and the reason. */
export interface FederationRefusal {
  /** A path from `method`, `strategy`, `strategyConfig` or `federation`, e.g. `federation.participation.sampling`. */
  field: string;
  reason: string;
}

export interface PlannedFederation {
  traffic: PredictedTraffic;
  /** Its cost in ε; absent without noise, which bounds nothing. */
  epsilon?: number;
}

/** The strategy's clients send nothing: each trains alone, or all examples lie in one place. */
export const sendsNothing = ({ sites }: Strategy): boolean => typeof sites === 'string';

/** Each client trains alone, and a federation leaves an adapter of each. */
export const leavesSeveral = ({ sites }: Strategy): boolean => sites === 'alone';

/** The configuration of the adapter that is left: of a higher rank where clients merge updates into their base. */
export function configLeft(
  strategy: Strategy,
  { method, config, clients, ...shapes }: Omit<PlanFederationInput, 'strategy' | 'strategyConfig' | 'federation'>,
  rounds: number,
): unknown {
  if (typeof strategy.sites === 'string' || !strategy.sites.kernels) return config;
  return mergedConfig({ method, config, plan: planTrial({ ...shapes, method, config }), clients }, rounds);
}

/** The parts of a federation that a strategy runs under: where nobody sends anything there is nothing to select, attack or protect. */
export function concerning<
  F extends Partial<Record<'participation' | 'lost' | 'adversaries' | 'privacy' | 'secureAggregation', unknown>>,
>(strategy: Strategy, federation: F): F {
  if (!sendsNothing(strategy)) return federation;
  const { participation: _, lost: _lost, adversaries: __, privacy: ___, secureAggregation: ____, ...rest } = federation;
  return rest as F;
}

/**
 * Plans a federation without making a tensor.
 *
 * @throws PlanError as `planTrial`
 * @throws ZodError for options or a configuration that are not valid
 * @example
 * const plan = planFederation({ model, method, config, targets, strategy: findStrategy('svd'), federation, clients: 5 });
 * 'reason' in plan ? plan.reason : plan.traffic.up;
 */
export function planFederation(input: PlanFederationInput): PlannedFederation | FederationRefusal {
  const { method, config, strategy, clients, clientRanks, steps, ...rest } = input;
  const { apart = false, held = false, keyed = false, ...shapes } = rest;
  const federation: FederationOptions = federationOptionsSchema.parse(concerning(strategy, input.federation));
  const strategyConfig = strategy.config.parse(input.strategyConfig ?? {});
  const subject = { method, config, plan: planTrial({ ...shapes, method, config }), clients };
  const objective = objectiveFor(shapes);
  const how = { apart, held, keyed, steps };
  const refused = federationRefusal({ strategy, strategyConfig, subject, objective, federation, ...how });
  if (refused !== undefined) return refusalOf(refused);
  const wrong = clientRanks && ranksRefusal(strategy, subject, clientRanks);
  if (wrong !== undefined) return { field: 'clientRanks', reason: wrong };
  // Where each client trains alone, nothing is told of it.
  const epsilon = leavesSeveral(strategy) ? 0 : spent(federation, federation.rounds)?.epsilon;
  return {
    traffic: predictTraffic({ strategy, strategyConfig, federation, subject, keyed: apart && keyed }),
    ...(epsilon === undefined ? {} : { epsilon }),
  };
}

/** A sentence of a refusal begins with its field. */
function refusalOf(sentence: string): FederationRefusal {
  const [, field, reason] = /^([A-Za-z.]+): (.*)$/s.exec(sentence)!;
  return { field: field!, reason: reason! };
}
