/** @file Public names of @rankforge/peft/estimate: what an estimate from shapes needs, without the rest, which takes longer to load. */
export { PeftAdapterError } from './export/error.js';
export type { Card, CardOffer } from './memory/cards.js';
export { type EstimateAnswer, estimateOf } from './memory/estimate-answer.js';
export { type EstimateAsked, EstimateRequestError } from './memory/estimate-request.js';
export { type ModelConfig, presetConfig, presetNames } from './models/config.js';
export { ModelConfigError } from './models/config-error.js';
export { readConfig } from './models/files.js';
export { readShapes } from './models/huggingface.js';
export { askedOfFile, askedOfTool, type ToolAsked } from './tools/asked.js';
