/**
 * @file Entry `@rankforge/peft/internals`: what comparisons with another library look at. Any version may change these names.
 */
export { tiedLogits } from './engine/logits.js';
export {
  headOutputs,
  hiddenStates,
  logitCap,
  type ModelAccess,
  type ModelInput,
  vocabularyTable,
} from './models/forward.js';
export type { FirstDocuments } from './objectives/data.js';
export { embeddingsOf } from './recipes/embeddings.js';
export { rankedFirst } from './recipes/fixed-documents.js';
export { indexOf } from './training/document-index.js';
export { restore } from './training/evaluate.js';
export { objectiveOf } from './training/loss.js';
export { exampleOrder } from './training/order.js';
export { learningRateAt } from './training/schedule.js';
export { innerProducts } from './training/search.js';
export { undisturbed } from './training/turns.js';
