/** @file Public names of @rankforge/peft. */
export {
  type AskingLayout,
  assistant,
  type ChatLayout,
  type ChatMessage,
  type Conversation,
  learnedTurns,
  type Span,
} from './data/chat.js';
export { completions } from './data/completions.js';
export { conversations, conversationTokens, layoutOf } from './data/conversations.js';
export { featureQueries } from './data/features.js';
export { fieldRows } from './data/fields.js';
export { fromRows, type Rows } from './data/from-rows.js';
export { gradedTexts } from './data/graded.js';
export { type GroundedExample, groundedTexts, libraryOf } from './data/grounded.js';
export { labelledImages } from './data/images.js';
export {
  type Catalogue,
  catalogueOf,
  heldOutInteractions,
  type Interaction,
  trainedInteractions,
} from './data/interactions.js';
export { labelledTexts, numberedTexts } from './data/labelled.js';
export { type PromptAndAnswers, questions, writingOf } from './data/questions.js';
export { lengthsOf, type ReadLengths, readLengths, usualLength } from './data/read-lengths.js';
export { corpusOf, searchedTexts, trainedRows } from './data/searched.js';
export { atMost } from './data/shares.js';
export { judgedBy } from './data/subset.js';
export type { TaskData } from './data/task-data.js';
export type { Text, TextOptions } from './data/text.js';
export { sharedStart } from './data/together.js';
export { type BaseTokenizer, openTokenizer, TokenizerError } from './data/tokenizer.js';
export { windows } from './data/windows.js';
export type { EngineOptions } from './engine/backend.js';
export { type Attention, attentions } from './engine/chunk.js';
export { type Engine, openEngine } from './engine/engine.js';
export {
  dominatingPart,
  largerHeld,
  type MemoryPart,
  type MemoryParts,
  nothingHeld,
  sumOfHeld,
  weighing,
} from './engine/memory-parts.js';
export { type BackendName, backendOf, type EngineName, engineNames, traitsOf } from './engine/traits.js';
export { ExportError, PeftAdapterError } from './export/error.js';
export { type PeftExperiment, readExperiment } from './export/experiment.js';
export { type ExportFormat, possibleFormats } from './export/formats.js';
export { mergedBase } from './export/merged-base.js';
export { type ImportedAdapter, importAdapter } from './export/read.js';
export { loadingCode } from './export/readme.js';
export { servability } from './export/servable.js';
export { exportAdapter, exportBase, exportedFiles } from './export/write.js';
export { fromFloat16 } from './io/dtypes.js';
export { SafetensorsError } from './io/errors.js';
export { readSafetensors, readStates, safetensorsHeader, writeSafetensors } from './io/safetensors.js';
export { weightFiles } from './io/sharded.js';
export type { CardOffer } from './memory/cards.js';
export { predictContinuing, predictEncoding, tokensOfWord } from './memory/continuing.js';
export { type Estimate, type EstimateInput, estimate } from './memory/estimate.js';
export type { EstimateAnswer } from './memory/estimate-answer.js';
export type { Change, Largest } from './memory/estimate-fit.js';
export type { EstimateRow, Refused, TorchSetup } from './memory/estimate-rows.js';
export { largestFitting, rankAtMost } from './memory/largest-fitting.js';
export { predictPacked } from './memory/packed.js';
export { countTrainable, type PredictInput, predictMemory, trainedByPlace } from './memory/predict.js';
export { predictState, type StateParts } from './memory/state.js';
export { predictSteady, type SteadyParts } from './memory/steady.js';
export { predictProducts } from './memory/step-products.js';
export { type StoredModel, storedModel } from './memory/stored.js';
export type { Interval } from './memory/torch/intervals.js';
export { defaultTorchOptions } from './memory/torch/options.js';
export { predictTorch, type TorchMemory } from './memory/torch/predict.js';
export type * from './method.js';
export { type ApartOptions, apartText } from './models/apart.js';
export { initialValues, LoadedBase, randomBase } from './models/base.js';
export { companionFiles, companionProblem, companionsOf } from './models/companions.js';
export {
  baseParameters,
  type LinearLayer,
  layerNames,
  linearLayers,
  type ModelConfig,
  type ModelInputKind,
  modelConfigSchema,
  modelInput,
  presetConfig,
  writesTokens,
} from './models/config.js';
export { baseFiles, loadBase, openBase, readConfig, saveBase } from './models/files.js';
export { endsOfText, readModelConfig, readShapes } from './models/huggingface.js';
export { type RotaryConfig, rotaryFrequencies } from './models/rotary.js';
export { numbersOf } from './numbers.js';
export type { Batch, DataFacts, RankedTexts, Split } from './objectives/data.js';
export { type ExampleColumn, type ExampleForm, type ExampleFormName, exampleForms } from './objectives/examples.js';
export type { Columns, MetricInfo } from './objectives/metrics/metric.js';
export type { UnitPlaces } from './objectives/metrics/ranking.js';
export { robustnessMetrics } from './objectives/metrics/robustness.js';
export { candidateMetrics } from './objectives/metrics/summaries.js';
export { visibilityMetrics } from './objectives/metrics/visibility.js';
export type { Objective } from './objectives/objective.js';
export { findObjective, metricsOf, type ObjectiveName, objectiveNames, objectives } from './objectives/registry.js';
export { lossOfRunner } from './objectives/runner-loss.js';
export { askedTextsOf, type Followed, type Recipe, vectorsOf } from './recipes/recipe.js';
export { findRecipe, recipeNames, recipes } from './recipes/registry.js';
export { findMethod, findOptimizer, methodNames, methods, optimizerNames, optimizers } from './registry.js';
export {
  leftByRunner,
  orderFor,
  type RunnerTraining,
  scoresOfRead,
  splitFile,
  writingOfRunner,
} from './runner/order.js';
export { neverFired, settled } from './slots/clock.js';
export { type BaseDtype, baseDtypes, type ComputeDtype } from './tensor/base-dtypes.js';
export { createRandom, type Random } from './tensor/random.js';
export { Bm25, type Bm25Options, usualBm25 } from './text/bm25.js';
export { type GroundedQuestion, type Request, requests } from './text/question.js';
export { bySpaces, type Segmenter } from './text/segmenter.js';
export { withoutStopWords } from './text/words.js';
export { type PresetAsked, PresetError, renderPreset } from './tools/render.js';
export { type AdapterInfo, adapterPlan, encodedApart, readAdapter, readAdapterInfo } from './training/adapter.js';
export { type Checkpointing, checkpointings } from './training/checkpointing.js';
export { ContinuingModel } from './training/continuing.js';
export { DivergedError } from './training/diverged.js';
export { drive } from './training/drivers/driver.js';
export { straight } from './training/drivers/straight.js';
export { type Encode, textEncoder } from './training/encode.js';
export { type EvaluateInput, type Evaluation, evaluate } from './training/evaluate.js';
export type {
  Encoded,
  EvalEvent,
  LayersMade,
  Metrics,
  StepEvent,
  SynthesisEvent,
  TrainEvent,
  WrittenEvent,
  WrittenText,
} from './training/events.js';
export { type Execution, executions } from './training/execution.js';
export { countFlips } from './training/flips.js';
export { unmergeable } from './training/inject.js';
export type { KeptPasses, PassStore } from './training/kept-passes.js';
export type { KeptPlaces } from './training/kept-places.js';
export { type Link, leftByChain } from './training/left.js';
export { metricParts } from './training/metrics.js';
export { openTraining } from './training/open.js';
export { type TrainOptions, type TrainOptionsInput, trainOptionsSchema } from './training/options.js';
export type { PlanOptions } from './training/plan-options.js';
export { refusal } from './training/refusals/refusal.js';
export type { RefusedField } from './training/refusals/rule.js';
export { serveAt } from './training/serve.js';
export { trainInStages } from './training/stages.js';
export { standingNotices } from './training/suits.js';
export { type Teacher, teacherPlan } from './training/teacher.js';
export type { WriteTexts } from './training/train-input.js';
export { type TrainInput, type TrainResult, train } from './training/trainer.js';
export type { Training } from './training/training.js';
export { type Trivial, trivialScores } from './training/trivial.js';
export { type Turn, Turns, undisturbed } from './training/turns.js';
export { needsWholeKernels } from './training/whole-kernels.js';
export { meant, UnknownNameError } from './unknown-name.js';
export { libraryVersion } from './version.js';
