/**
 * @file Entry `@rankforge/peft/extension`: what a library is built from that trains or scores in a way of its own, such as
 * `@rankforge/federated`. Programs take what they need from the index.
 */
export { atLeast } from './data/shares.js';
export { subsetOf } from './data/subset.js';
export { products } from './engine/ops.js';
export { anyNumber, fromJson, toJson } from './io/json.js';
export { actingRank } from './method.js';
export { mean } from './objectives/metrics/metric.js';
export { answersWithClass, hasClassHead } from './objectives/outputs.js';
export { objectiveFor } from './objectives/registry.js';
export { stateToHost, toDevice, toHost } from './tensor/host.js';
export { leadingQ, type SingularTriplets, truncatedSvd } from './tensor/linalg.js';
export { sizeOf } from './tensor/shape.js';
export { shuffled } from './tensor/shuffled.js';
export { encodeAdapter, parseMetadata, SET_FIELD } from './training/adapter.js';
export { calibrate } from './training/calibrate.js';
export type { Statistics } from './training/calibration-statistics.js';
export type { Driven } from './training/drivers/driver.js';
export { evaluationOf, restore, scoreSplit } from './training/evaluate.js';
export { firstValues } from './training/first-values.js';
export { writePass } from './training/kept-passes.js';
export { headOf } from './training/loss.js';
export { summarize, summarizeTold, type UnitScores } from './training/metrics.js';
export { type PlannedLayer, planTrial, type TrialPlan } from './training/plan.js';
export { largerPeak } from './training/preparations/preparation.js';
export { learningRateAt } from './training/schedule.js';
export { settle } from './training/setting.js';
