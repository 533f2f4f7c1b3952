/** @file Answers about sweeps that are computed beside the API. */
import {
  type CreateSweep,
  type CurvesQuery,
  type ReportFormat,
  type SettingsQuery,
  SweepCurves,
  SweepPreview,
  SweepSettings,
} from '@rankforge/contracts';
import { BoardsService } from '../leaderboard/boards.service.js';
import type { BoardAsked } from '../leaderboard/computations.js';
import { computation } from '../platform/computation.js';
import { SweepCurveReader } from './curves.js';
import { SweepPreviewer } from './preview-sweep.js';
import { SweepReporter } from './report/sweep-reporter.js';
import { SweepSettingsReader } from './settings/settings.js';
import { tiedRows } from './tied-rows.js';

export const reportComputation = computation({
  name: 'report',
  lane: 'long',
  words: { thing: 'report', done: 'made' },
  advice: 'ask for the board within a budget instead',
  by: SweepReporter,
  run: (reporter, { sweepId, format, projectId }: { sweepId: string; format: ReportFormat; projectId: string }) =>
    reporter.make(sweepId, format, projectId),
  write: ({ text, ...facts }) => ({ text, facts }),
});

export const settingsComputation = computation({
  name: 'settings',
  lane: 'long',
  words: { thing: 'effect of the settings', done: 'computed' },
  advice: 'ask for the configurations of one budget',
  by: SweepSettingsReader,
  schema: SweepSettings,
  run: (reader, { sweepId, query }: { sweepId: string; query: SettingsQuery }) => reader.read(sweepId, query),
});

export const curvesComputation = computation({
  name: 'curves',
  lane: 'short',
  words: { thing: 'curves of the sweep', done: 'read' },
  advice: 'ask for fewer points',
  by: SweepCurveReader,
  schema: SweepCurves,
  run: (reader, { sweepId, query }: { sweepId: string; query: CurvesQuery }) => reader.read(sweepId, query),
});

export const previewComputation = computation({
  name: 'preview',
  lane: 'long',
  words: { thing: 'preview of the sweep', done: 'made' },
  advice: 'ask for fewer methods, ranks, learning rates or budgets',
  by: SweepPreviewer,
  schema: SweepPreview,
  run: (previewer, { request, projectId }: { request: CreateSweep; projectId: string }) =>
    previewer.preview(request, projectId),
});

export const tiedComputation = computation({
  name: 'tied',
  lane: 'long',
  words: { thing: 'board of the sweep', done: 'computed' },
  advice: 'extend the sweep by seeds of your own',
  by: BoardsService,
  run: async (
    boards,
    { query, projectId, sweepId, seeds }: BoardAsked & { sweepId: string; seeds: number | undefined },
  ) => tiedRows(await boards.read(query, projectId), sweepId, seeds),
});
