/** @file Public names of @rankforge/peft. */
export { type Engine, type EngineName, engineNames, openEngine } from './engine/engine.js';
export { PeftAdapterError } from './export/error.js';
export { type PeftExperiment, readExperiment } from './export/experiment.js';
export { type ImportedAdapter, type ImportInput, importAdapter } from './export/read.js';
export { type Servability, servability } from './export/servable.js';
export {
  ExportError,
  type ExportFormat,
  type ExportInput,
  exportAdapter,
  exportBase,
  exportFormats,
} from './export/write.js';
export { SafetensorsError } from './io/errors.js';
export { openSafetensors, type SafetensorsFile, type StoredTensor } from './io/open.js';
export { readSafetensors, writeSafetensors } from './io/safetensors.js';
export { openWeights, weightFiles } from './io/sharded.js';
export { dominatingPart, type MemoryPart, type MemoryParts } from './memory/parts.js';
export { countTrainable, type PredictInput, predictMemory } from './memory/predict.js';
export { predictSteady, type SteadyInput, type SteadyParts } from './memory/steady.js';
export type * from './method.js';
export { initialValues, LoadedBase } from './models/base.js';
export {
  baseParameters,
  type LinearLayer,
  layerNames,
  linearLayers,
  type ModelConfig,
  type ModelInputKind,
  modelConfigSchema,
  modelInput,
  type PresetName,
  presetConfig,
  presetNames,
} from './models/config.js';
export { type BaseFolder, baseFiles, loadBase, openBase, saveBase } from './models/files.js';
export { readModelConfig } from './models/huggingface.js';
export {
  findMethod,
  findOptimizer,
  methodNames,
  methods,
  optimizerNames,
  optimizers,
  UnknownNameError,
} from './registry.js';
export { createRandom, type Random, resumeRandom } from './tensor/random.js';
export { readAdapter } from './training/adapter.js';
export { type Batch, type ObjectiveName, objectiveNames, type Split, type TaskData } from './training/data.js';
export { type EvaluateInput, type Evaluation, evaluate } from './training/evaluate.js';
export type { CheckpointEvent, EvalEvent, Metrics, StepEvent, TrainEvent } from './training/events.js';
export { type MetricInfo, metricParts, metricsOf } from './training/metrics.js';
export { type TrainOptions, type TrainOptionsInput, trainOptionsSchema } from './training/options.js';
export { untrainable } from './training/plan.js';
export { serveAt } from './training/serve.js';
export { DivergedError } from './training/step.js';
export { type TrainInput, type TrainResult, train } from './training/trainer.js';
