/** @file The effect of a sweep's settings, from its configurations: scores at one budget, the chosen values and their edges. */

import { gridEdges } from '@rankforge/boards';
import {
  type CreateSweep,
  contenderOf,
  groupBy,
  isJudgingStage,
  mayStillRun,
  type SettingOutcome,
  type SettingsBudget,
  type SettingsConfiguration,
  type SettingsTraining,
  type SettingValue,
  type SweepSettings,
  scenarioName,
  type TrialSpec,
  tuningStages,
} from '@rankforge/contracts';
import { type Direction, selectPerMethod } from '@rankforge/stats';
import { fieldBounds } from '../../leaderboard/field-bounds.js';
import { configurationKey } from '../../planning/trial-key.js';
import type { ConfigurationRow, ConfigurationTraining } from './read-configurations.js';
import { distinct, rangesOf, scaleOf, stepsName, valuesOf } from './settings-of.js';

/** A configuration of the answer, with what it was read from. */
export interface ReadConfiguration extends ConfigurationRow {
  method: number;
  values: Record<string, SettingValue>;
}

/** Configurations by contender, those of a method in a federation by scenario as well. */
export function toConfigurations(rows: readonly ConfigurationRow[], request: CreateSweep) {
  const byMethod = groupBy(rows, ({ spec }) => methodKey(spec));
  const places = new Map([...byMethod.keys()].map((key, index) => [key, index]));
  const configurations = rows.map(
    (row): ReadConfiguration => ({
      ...row,
      method: places.get(methodKey(row.spec))!,
      values: valuesOf(row.spec, request),
    }),
  );
  const methods = [...byMethod.values()].map(([first]) => ({
    ...contenderOf(first!.spec),
    ...(first!.spec.federation && { scenario: scenarioName(first!.spec.federation) }),
  }));
  return { configurations, methods };
}

const methodKey = (spec: TrialSpec) =>
  JSON.stringify([contenderOf(spec), spec.federation && scenarioName(spec.federation)]);

/** Settings that take several values within a method, as the request names them. */
export function variedSettings(
  configurations: readonly ReadConfiguration[],
  methods: SweepSettingsMethods,
  request: CreateSweep,
): SweepSettings['settings'] {
  const names = [...new Set(configurations.flatMap(({ values }) => Object.keys(values)))];
  const byMethod = [...groupBy(configurations, ({ method }) => method).values()];
  const valuesIn = (of: readonly ReadConfiguration[], name: string) =>
    distinct(of.flatMap(({ values }) => (values[name] === undefined ? [] : [values[name]])));
  return names
    .filter((name) => byMethod.some((own) => valuesIn(own, name).length > 1))
    .map((name) => {
      const ranges = methods.flatMap((method) => rangesOf(name, method, request));
      return { name, scale: scaleOf(valuesIn(configurations, name), ranges) };
    });
}

type SweepSettingsMethods = readonly Omit<SweepSettings['methods'][number], 'chosen' | 'edges'>[];

/** Every budget that trainings of the sweep have, the smallest first. Where steps are a setting, whole trainings have several. */
export function budgetsOf(
  configurations: readonly ReadConfiguration[],
  settings: SweepSettings['settings'],
): SettingsBudget[] {
  const stepsVary = settings.some(({ name }) => name === stepsName);
  const all = configurations.flatMap(({ trainings, spec }) =>
    trainings.map((training) => ({ training, steps: training.until ?? spec.training.steps })),
  );
  const rungs = groupBy(all, ({ training, steps }) => (training.until === null ? 0 : steps));
  return [...rungs]
    .map(([rung, trained]): SettingsBudget => {
      const { training } = trained[0]!;
      return {
        steps: Math.max(...trained.map(({ steps }) => steps)),
        ...(stepsVary && rung === 0 && { fewest: Math.min(...trained.map(({ steps }) => steps)) }),
        whole: rung === 0,
        ...(training.validationExamples !== null && { validationExamples: training.validationExamples }),
        trainings: trained.filter((each) => outcomeOf(each.training) === 'scored').length,
      };
    })
    .sort((a, b) => Number(a.whole) - Number(b.whole) || a.steps - b.steps);
}

/** A configuration with its trainings at a budget; undefined where it has none there. Of a seed that went less far, the furthest says so. */
export function atBudget(
  { method, values, trainings }: ReadConfiguration,
  { steps, whole }: Pick<SettingsBudget, 'steps' | 'whole'>,
): SettingsConfiguration | undefined {
  const rung = whole ? null : steps;
  const shown = [...groupBy(trainings, ({ seed }) => seed).values()].flatMap((own): SettingsTraining[] => {
    const there = own.find(({ until }) => until === rung);
    if (there) return [shownTraining(there, outcomeOf(there))];
    // Trainings are in the order of their rungs.
    const furthest = own.at(-1)!;
    const outcome = outcomeOf(furthest);
    return whole ? [shownTraining(furthest, outcome === 'scored' ? 'stopped' : outcome)] : [];
  });
  if (shown.length === 0) return undefined;
  const scores = shown.flatMap(({ score, judging }) => (score === null || judging ? [] : [score]));
  const mean = scores.length === 0 ? null : scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return { method, values, mean, trainings: shown };
}

const shownTraining = (
  { id, seed, objective, step, stage }: ConfigurationTraining,
  outcome: SettingOutcome,
): SettingsTraining => ({
  trialId: id,
  seed,
  outcome,
  score: outcome === 'scored' ? objective : null,
  step,
  judging: isJudgingStage(stage),
});

/** One that reached a rung has a score there, whether or not it went on. */
function outcomeOf({ state, objective, until, step }: ConfigurationTraining): SettingOutcome {
  if (state === 'OVER_BUDGET') return 'over-budget';
  if (state === 'FAILED') return 'failed';
  if (state === 'CANCELLED') return 'cancelled';
  if (mayStillRun(state)) return 'open';
  const reached = state === 'SUCCEEDED' || (until !== null && step >= until);
  if (!reached) return 'stopped';
  return objective === null ? 'unscored' : 'scored';
}

/** Seeds of a configuration that tuned and have a score. */
export const tunedSeeds = ({ trainings }: SettingsConfiguration): number =>
  trainings.filter(({ score, judging }) => score !== null && !judging).length;

/**
 * Each method with the configuration that its whole trainings choose, as the board does, and the edges it lies on. Nothing is chosen
 * in a sweep whose configurations compete: each is a row of the board.
 */
export function withChosen(
  methods: SweepSettingsMethods,
  configurations: readonly ReadConfiguration[],
  { direction, choosing }: { direction: Direction; choosing: boolean },
): { chosen: ReadConfiguration | undefined; edges: SweepSettings['methods'][number]['edges'] }[] {
  const byMethod = groupBy(configurations, ({ method }) => method);
  return methods.map((method, index) => {
    const own = choosing ? (byMethod.get(index) ?? []) : [];
    const whole = own.map((configuration) => ({
      key: configurationKey(wholeSpec(configuration.spec)),
      method: String(index),
      configuration,
      seeds: configuration.trainings.flatMap(({ until, state, objective, stage, seed }) =>
        until === null && state === 'SUCCEEDED' && objective !== null && !tuningStages.includes(stage ?? '')
          ? [{ seed, validation: objective }]
          : [],
      ),
    }));
    const chosen = selectPerMethod(whole, direction)[0]?.configuration.configuration;
    const tuned = ({ spec }: ReadConfiguration) => ({ ...spec, steps: spec.training.steps });
    return { chosen, edges: chosen ? gridEdges(tuned(chosen), own.map(tuned), fieldBounds(method)) : [] };
  });
}

const wholeSpec = ({ until: _, validationExamples: __, ...spec }: TrialSpec): TrialSpec => spec;
