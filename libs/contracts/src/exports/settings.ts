/** @file The effect of a sweep's settings as a table for programs: a row for each training, with the values of its configuration. */
import {
  type SettingsConfiguration,
  type SettingsTraining,
  type SweepSettings,
  settingsMethodName,
} from '../sweep-settings.js';
import type { ExportColumn } from './column.js';

interface TrainingRow {
  configuration: SettingsConfiguration;
  training: SettingsTraining;
  place: number;
}

export const settingsExportRows = ({ configurations }: SweepSettings): TrainingRow[] =>
  configurations.flatMap((configuration, place) =>
    configuration.trainings.map((training) => ({ configuration, training, place })),
  );

/** A column for each setting, by its name in a sweep; empty where a method does not have it. */
export const settingsExportColumns = ({
  settings,
  methods,
  metric,
  budget,
}: SweepSettings): readonly ExportColumn<TrainingRow>[] => [
  { name: 'method', value: ({ configuration }) => settingsMethodName(methods[configuration.method]!) },
  { name: 'configuration', value: ({ place }) => place + 1 },
  {
    name: 'chosen',
    value: ({ configuration, place }) => methods[configuration.method]!.chosen === place,
  },
  ...settings.map(
    ({ name }): ExportColumn<TrainingRow> => ({
      name,
      value: ({ configuration }) => configuration.values[name] ?? null,
    }),
  ),
  { name: 'seed', value: ({ training }) => training.seed },
  { name: 'outcome', value: ({ training }) => training.outcome },
  { name: `validation/${metric}`, value: ({ training }) => training.score },
  { name: 'step', value: ({ training }) => training.step },
  { name: 'budgetSteps', value: () => budget.steps },
  { name: 'judging', value: ({ training }) => training.judging },
  { name: 'trialId', value: ({ training }) => training.trialId },
];
