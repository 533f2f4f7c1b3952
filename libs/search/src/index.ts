/**
 * @file Which configuration is tried next, and which goes on: pure functions over what was tried, with their randomness
 * handed in. `docs/search.md` says what each is for.
 */
export type { Direction } from './direction.js';
export type { Draws } from './draws.js';
export { seededDraws } from './draws.js';
export type { Observation, Outcome } from './history.js';
export type { Importance, ImportanceInterval } from './importance/ped-anova.js';
export { importanceIntervals, importances, topShare } from './importance/ped-anova.js';
export type { Tried } from './importance/regimes.js';
export { randomSampler } from './samplers/random.js';
export type { Question, Sampler } from './samplers/sampler.js';
export { sobolSampler } from './samplers/sobol.js';
export { tpeSampler } from './samplers/tpe.js';
export type { Halving, HalvingDecision, RungResult, Rungs, Standing } from './schedulers/halving.js';
export { nextPromotion, onReport, rungSteps, standing } from './schedulers/halving.js';
export type { Bracket } from './schedulers/hyperband.js';
export { dealt, hyperband } from './schedulers/hyperband.js';
export type { MedianDecision, MedianStopping, Report } from './schedulers/median.js';
export { medianStopping } from './schedulers/median.js';
export type { Race, Raced, Racer } from './schedulers/race.js';
export { race } from './schedulers/race.js';
export type { Sobol } from './sobol/sequence.js';
export { scramble, sobol, sobolPoint } from './sobol/sequence.js';
export type { Categorical, Float, Int, Parameter, Point, Space } from './space.js';
export { checkSpace, pointAt } from './space.js';
