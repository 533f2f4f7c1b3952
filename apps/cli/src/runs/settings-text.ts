/** @file What columns were taken for that are no field of a run. */
import { type ElsewhereRun, runConfiguration } from '@rankforge/contracts';

/**
 * Names the settings of runs, and those that look like measurements: where one differs in every run, no two runs are seeds of one
 * configuration, and there is no row with several seeds.
 */
export function settingsText(runs: readonly ElsewhereRun[]): string[] {
  const names = [...new Set(runs.flatMap(({ config }) => Object.keys(config)))];
  if (names.length === 0) return [];
  const told = [`settings that tell configurations apart: ${names.join(', ')}`];
  const areSeeds = new Set(runs.map(({ seed }) => seed)).size > 1;
  if (!areSeeds || new Set(runs.map(runConfiguration)).size < runs.length) return told;
  const valuesOf = (name: string) => new Set(runs.map(({ config }) => JSON.stringify(config[name])));
  const unlike = names.filter((name) => valuesOf(name).size === runs.length);
  if (unlike.length === 0) return told;
  const verb = unlike.length === 1 ? 'differs' : 'differ';
  return [
    ...told,
    `No two runs are seeds of one configuration, since ${unlike.join(', ')} ${verb} in every run. ` +
      'If that is no setting, remove the board (rankforge import remove-runs), leave the column out and import again.',
  ];
}
