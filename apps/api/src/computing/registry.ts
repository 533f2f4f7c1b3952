/** @file Everything that is computed beside the API, a line each, and the services that its processes need for it. */
import { AdapterReader } from '../adapters/adapter-reader.js';
import { ImportedAdapters } from '../adapters/imported.service.js';
import { TrainedModels } from '../adapters/trained-models.js';
import { methodsComputation, tasksComputation } from '../catalog/computations.js';
import { Tasks } from '../catalog/tasks.js';
import { datasetsComputation } from '../datasets/dataset-list.js';
import { estimateComputation, fileEstimateComputation } from '../estimates/computations.js';
import { Generators } from '../generators/generators.service.js';
import {
  boardComputation,
  recallComputation,
  standingsComputation,
  winnerComputation,
} from '../leaderboard/computations.js';
import { claimsComputation, claimsTableComputation } from '../paper-claims/computations.js';
import { SweepPlanner } from '../planning/sweep-planner.js';
import type { Computation } from '../platform/computation.js';
import { experimentsComputation, publishComputation, publishTableComputation } from '../published/computations.js';
import { addRunsComputation } from '../runs/computations.js';
import {
  curvesComputation,
  previewComputation,
  reportComputation,
  settingsComputation,
  tiedComputation,
} from '../sweeps/computations.js';
import { LengthReader } from '../sweeps/length-reader.js';
import { SweepsService } from '../sweeps/sweeps.service.js';
import {
  answersComputation,
  examplesComputation,
  exportComputation,
  metricsComputation,
  placesComputation,
  textsComputation,
} from '../trials/computations.js';
import { ExampleReader } from '../trials/examples/example-reader.js';

export const computations = [
  boardComputation,
  winnerComputation,
  recallComputation,
  standingsComputation,
  claimsComputation,
  claimsTableComputation,
  reportComputation,
  settingsComputation,
  previewComputation,
  tiedComputation,
  examplesComputation,
  metricsComputation,
  answersComputation,
  textsComputation,
  placesComputation,
  exportComputation,
  curvesComputation,
  estimateComputation,
  fileEstimateComputation,
  methodsComputation,
  tasksComputation,
  datasetsComputation,
  addRunsComputation,
  experimentsComputation,
  publishComputation,
  publishTableComputation,
] as unknown as readonly Computation<unknown, unknown>[];

/** Services behind those that answer. */
export const helpers = [
  AdapterReader,
  ExampleReader,
  Generators,
  ImportedAdapters,
  LengthReader,
  SweepPlanner,
  SweepsService,
  Tasks,
  TrainedModels,
];
