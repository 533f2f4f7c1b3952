import { federationSteps, type LeaderboardRow, type TrialSpec } from '@rankforge/contracts';
import { withoutTrainingAxes } from '../planning/training-axes.js';
import type { BoardTrial } from './board-trials.js';

/** Settings of a training beside those that its row says by itself: what competes, rank, learning rate, configuration. */
function settingsOf(spec: TrialSpec): Record<string, unknown> {
  const {
    training,
    engine,
    initial,
    dataset,
    dataVersion,
    numbers,
    chat,
    from,
    adapter = from,
    teacher,
    federation,
    until,
  } = spec;
  const rounds = Object.fromEntries(federationSteps.map((name) => [name, federation?.[name]]));
  const settings = {
    ...withoutTrainingAxes(training),
    ...rounds,
    engine,
    initial,
    dataset,
    dataVersion,
    numbers,
    chat: chat && (chat.template ?? chat.sha256),
    from: adapter,
    teacher: teacher?.adapter,
    until,
  };
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, shortened(value)]));
}

const shortened = (value: unknown): unknown =>
  typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? value.slice(0, 8) : value;

/** Rows with the settings in which any two of them differ: rows of one method and rank are told apart by these. */
export function withSettings(rows: readonly LeaderboardRow[], trials: readonly BoardTrial[]): LeaderboardRow[] {
  const specs = new Map(trials.map(({ id, spec }) => [id, spec]));
  const all = rows.map(({ trialIds }) => settingsOf(specs.get(trialIds[0]!)!));
  const names = [...new Set(all.flatMap((settings) => Object.keys(settings)))].filter(
    (name) => new Set(all.map((settings) => JSON.stringify(settings[name]))).size > 1,
  );
  if (names.length === 0) return [...rows];
  return rows.map((row, index) => ({
    ...row,
    settings: Object.fromEntries(names.map((name) => [name, all[index]![name]])),
  }));
}
