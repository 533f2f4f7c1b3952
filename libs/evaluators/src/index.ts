/** @file Public names of @rankforge/evaluators. */
export {
  askingPartOf,
  asksGenerator,
  asksTraining,
  encodedWords,
  examinationOf,
  mayAskTraining,
  procedureOf,
  takenTrainingOf,
} from './asking.js';
export { baselines } from './baselines/registry.js';
export {
  type Contender,
  type Evaluator,
  type EvaluatorPart,
  isEvaluator,
  type PartKind,
  partOf,
  trainedMethod,
} from './evaluator.js';
export { predictRecommender, predictVictim } from './memory.js';
export { procedures } from './procedures/registry.js';
export { baselineNames, evaluatorNames, evaluators, findContender, findEvaluator } from './registry.js';
export { examinations } from './robustness/registry.js';
export { mostTriggerWords } from './robustness/settings.js';
export { ListedSynonyms, readSynonymSets } from './robustness/synonyms.js';
export { scoreBaseline } from './scoring/baseline.js';
export { callsOf, scoreProcedure } from './scoring/procedure.js';
export type { AnswerRecord, ProcedureInput, ProcedureScores } from './scoring/procedure-scores.js';
export type { OrderRecord } from './scoring/ranked.js';
export { baseRecommender, type OpenRecommender, trainedRecommender } from './scoring/recommender.js';
export { type RobustnessScores, scoreRobustness } from './scoring/robustness.js';
export { type OpenVictim, trainedVictim } from './scoring/victim.js';
export { scoreVisibility, type VisibilityScores } from './scoring/visibility.js';
export type { SynonymSets } from './slots/robustness.js';
