/** @file Configuration files of other tools. It has no method of this library, and loads in no time. */
export { longestToolFile, readToolFile, type ToolFile, ToolFileError, writeToolFile } from './file.js';
export { presets } from './registry.js';
export type { ToolField, ToolTraining } from './training.js';
