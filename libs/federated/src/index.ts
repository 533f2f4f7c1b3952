/** @file Public names of @rankforge/federated. */
export { epsilonOf, type PrivateRounds } from './accountant.js';
export { encodeAdapterSet, readAdapterSet } from './adapter-set.js';
export { type TurnPlace, takeTurnApart } from './apart.js';
export { attacks, attackUnfit } from './attacks/registry.js';
export type { CountedTraffic, Traffic } from './counted.js';
export { divide, hasClasses, type PartitionRequest } from './divide.js';
export { federate } from './federate.js';
export type { FederateInput, FederationEvent, RoundRecord } from './federation.js';
export { attackNames, type FederationOptions, federationOptionsSchema } from './federation-options.js';
export { byDirichlet, byField, bySize, type Partition } from './partition.js';
export {
  concerning,
  configLeft,
  type FederationRefusal,
  leavesSeveral,
  type PlanFederationInput,
  type PlannedFederation,
  planFederation,
  sendsNothing,
} from './plan.js';
export { type PredictFederatedInput, predictFederated } from './predict.js';
export { findStrategy, strategies, strategyNames } from './registry.js';
export type { FederationResult } from './result.js';
export { meanEvaluation, metricsByClient } from './scores.js';
export type { SiteKeys } from './site-keys.js';
export { joinScores, scoreClient } from './site-scores.js';
export type { Strategy } from './strategy.js';
