/**
 * @file Entry `@rankforge/peft/internals`: what comparisons with another library look at. Any version may change these names.
 */
export { tiedLogits } from './engine/logits.js';
export { gpt2Config } from './models/architectures/gpt2.js';
export {
  headOutputs,
  hiddenStates,
  logitCap,
  type ModelAccess,
  type ModelInput,
  vocabularyTable,
} from './models/forward.js';
export type { FirstDocuments } from './objectives/data.js';
export { bleu, plainBleu } from './objectives/metrics/bleu.js';
export { rougeL } from './objectives/metrics/rouge.js';
export { diversityOf } from './objectives/metrics/summaries.js';
export { scoreRecommendation } from './objectives/metrics/visibility.js';
export { evidenceRecall } from './objectives/metrics/written-answers.js';
export { embeddingsOf } from './recipes/embeddings.js';
export { rankedFirst } from './recipes/fixed-documents.js';
export { writtenQueries } from './recipes/weak-queries.js';
export { placesOf } from './text/places.js';
export { indexOf } from './training/document-index.js';
export { restore } from './training/evaluate.js';
export { objectiveOf } from './training/loss.js';
export { exampleOrder } from './training/order.js';
export { learningRateAt } from './training/schedule.js';
export { innerProducts } from './training/search.js';
export { undisturbed } from './training/turns.js';
