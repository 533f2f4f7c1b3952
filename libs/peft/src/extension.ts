/**
 * @file Entry `@rankforge/peft/extension`: what a library is built from that trains or scores in a way of its own, such as
 * `@rankforge/federated`. Programs take what they need from the index.
 */
export { promptedSplit } from './data/completions.js';
export { atLeast } from './data/shares.js';
export { subsetOf } from './data/subset.js';
export { differentiate, disposeGradients } from './engine/autograd.js';
export { products } from './engine/ops.js';
export { anyNumber, fromJson, toJson } from './io/json.js';
export { actingRank, defineMethod, secondBesideSpaces } from './method.js';
export { placeApart } from './models/apart.js';
export { vocabularySize } from './models/config.js';
export { type ModelAccess, vocabularyTable, wholeTable } from './models/forward.js';
export { tokenTable } from './models/tokens.js';
export { mean } from './objectives/metrics/metric.js';
export { cleanMetric } from './objectives/metrics/robustness.js';
export { rougeN } from './objectives/metrics/rouge.js';
export { scoreCandidates, scoreSummary } from './objectives/metrics/summaries.js';
export {
  columnsOf,
  type GroundedScores,
  hasAnswer,
  nearestAnswer,
  plainWords,
  scoreGrounded,
  tokenF1,
  type WrittenScores,
  wordsOf as answerWords,
} from './objectives/metrics/written-answers.js';
export { answersWithClass, hasClassHead } from './objectives/outputs.js';
export { objectiveFor } from './objectives/registry.js';
export { descend } from './parts/gradient/scale.js';
export { chain, everyParameter } from './parts/gradient/transform.js';
export { quoted, required, tersely } from './prompts/prompt.js';
export { requestWords, taskWords } from './prompts/requests.js';
export { stateToHost, toDevice, toHost } from './tensor/host.js';
export { largest } from './tensor/largest.js';
export { leadingQ, type SingularTriplets, truncatedSvd } from './tensor/linalg.js';
export { sizeOf } from './tensor/shape.js';
export { shuffled } from './tensor/shuffled.js';
export { rarityOf, type WeightedTerm } from './text/bm25.js';
export {
  type Around,
  around,
  type Catalogue as PromptedCatalogue,
  catalogueOf as promptedCatalogue,
  filled,
  placesOf,
} from './text/catalogue.js';
export { chunksOf, coverage, type Passage } from './text/chunks.js';
export { apart } from './text/negation.js';
export { textOf } from './text/places.js';
export { joined, singleSpaced } from './text/segmenter.js';
export { isWord, stopWordLists, trigramsOf, WORD, wordsOf } from './text/words.js';
export { encodeAdapter, parseMetadata, SET_FIELD } from './training/adapter.js';
export { bareTrial } from './training/bare-trial.js';
export { calibrate } from './training/calibrate.js';
export type { Statistics } from './training/calibration-statistics.js';
export { decodeGreedily } from './training/decode.js';
export type { Driven } from './training/drivers/driver.js';
export { evaluationOf, restore, scoreSplit } from './training/evaluate.js';
export { firstValues } from './training/first-values.js';
export { GatheredScores } from './training/gathered.js';
export { writePass } from './training/kept-passes.js';
export { headOf, objectiveOf } from './training/loss.js';
export { summarize, summarizeTold, type UnitScores } from './training/metrics.js';
export { type PlannedLayer, planTrial, type TrialPlan } from './training/plan.js';
export { largerPeak } from './training/preparations/preparation.js';
export { unplaced } from './training/refusals/apart.js';
export { unsuitable } from './training/refusals/method.js';
export { learningRateAt } from './training/schedule.js';
export { unitsInCorpus } from './training/search.js';
export { settle } from './training/setting.js';
export type { TrialModel } from './training/trial.js';
export { untouched } from './training/untouched.js';
