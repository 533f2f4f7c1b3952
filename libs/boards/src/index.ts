/** @file Boards: rows with intervals and letters, and their answer in words, from runs and the statistics of libs/stats. */
export { answered } from './answered.js';
export { type BoardReading, excessOf, isWithin, readingOf, type Weighed } from './board-reading.js';
export { examplesOfRuns, metricOf } from './check-runs.js';
export { comparisonsOf } from './comparisons.js';
export { engineAgreement, type OnEngine } from './engine-agreement.js';
export { type BoundsOf, gridEdges, type Tuned } from './grid-edges.js';
export { alpha, confidence } from './levels.js';
export { type LostSeeds, missingSeeds } from './missing-seeds.js';
export { markPareto } from './pareto.js';
export { BoardRefused } from './refused.js';
export { excessText, factsOf, isAdmitted, knownOf, ledgerOf, smallestOf, unplanned } from './reported-run.js';
export { type BoardRun, type RunsOfBoard, runsBoard } from './runs-board.js';
export { verdictOf } from './verdict.js';
