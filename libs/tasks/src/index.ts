/**
 * @file Tasks: those that are built in, and users' data sets. Importing the catalog reads no data: a task's package is
 * imported when it is loaded.
 */
export { DatasetError } from './datasets/dataset-error.js';
export { type DatasetFacts, openDatasetTask, openHeldBack, taskOfDataset } from './datasets/dataset-task.js';
export type { ReadOptions } from './datasets/example.js';
export { canRead, publishedFormats, usualFields } from './datasets/formats.js';
export { type Imported, importDataset, inspectDataset } from './datasets/import.js';
export { type DatasetLengths, datasetLengths } from './datasets/lengths.js';
export { formOf, type Mapping, mappingSchema, readMapping } from './datasets/mapping.js';
export { prepareSite } from './datasets/prepare-site.js';
export { openSeparated } from './datasets/readers/csv.js';
export { rowOf } from './datasets/shown.js';
export { requireClear, siteSecret } from './datasets/site-keys.js';
export { siteField } from './datasets/sites.js';
export type { Row, Source } from './datasets/source.js';
export { DatasetHead, readDataset, type StoredExample, writeDataset } from './datasets/stored.js';
export { underRoot } from './datasets/under-root.js';
export { findTask, tasks } from './registry.js';
export { type Clicks, drawClicks } from './simulated/clicks.js';
export { openSynonyms } from './synonyms/open.js';
export type { LoadOptions, Task } from './task.js';
