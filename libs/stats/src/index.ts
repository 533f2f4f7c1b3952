/**
 * @file Statistics of the leaderboard: pure functions over per-example scores of repeated runs, or over counts.
 * `docs/statistics.md` says in plain words what the numbers mean.
 */
export type { MeanRanks, RankedContender, TaskScores } from './aggregate.js';
export { meanRanks } from './aggregate.js';
export type { Range } from './bounded.js';
export { withinRange } from './bounded.js';
export { differenceBySeed } from './by-seed.js';
export type { Comparison, Pairing, Run } from './compare.js';
export { comparePairs } from './compare.js';
export type { Coverage, Interval } from './crossed.js';
export { crossedMean } from './crossed.js';
export { equivalence } from './equivalence.js';
export { holm, openHypotheses, pairwise } from './holm.js';
export type { Board, BoardEntry, BoardOptions, BoardPair, Effect, Scale } from './leaderboard.js';
export { leaderboard } from './leaderboard.js';
export { groupLetters } from './letters.js';
export { mcnemar } from './mcnemar.js';
export type { SeedVariances } from './moderated.js';
export { seedVariances } from './moderated.js';
export type { Direction } from './order.js';
export { pairedExamples } from './paired.js';
export { paretoFront } from './pareto.js';
export type { Proportion, ProportionBoard, ProportionComparison, ProportionInterval, Shares } from './proportions.js';
export { compareShares, meanShare, proportionBoard, wilson } from './proportions.js';
export { quartiles } from './quartiles.js';
export type { FurtherSeeds, SeedsAsked, TestedDifference } from './seeds.js';
export { furtherSeeds } from './seeds.js';
export type { Configuration, SeedResult, Selection } from './select.js';
export { selectPerMethod } from './select.js';
export type { VariancePart } from './variance.js';
export { criticalT } from './variance.js';
