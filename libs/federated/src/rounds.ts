/** @file Decides what a federation does next: a pure state machine whose state is JSON, as drivers of trainings are. */

export interface RoundsOptions {
  rounds: number;
  /** Clients of a round, in the order of their turns. */
  participants(round: number): readonly number[];
  /** Rounds between two validations; the last round has one in any case. Omitted: it alone. */
  evalEvery?: number | undefined;
  /** Rounds between two checkpoints; the last leaves none. Omitted: none. */
  checkpointEvery?: number | undefined;
}

export interface RoundsState {
  /** Rounds that are done. */
  round: number;
  /** Clients of the next one that have had their turn. */
  turns: number;
  /** The round in which the global model was last scored, and last kept. */
  validated?: number | undefined;
  kept?: number;
}

export type RoundsDecision =
  | { next: 'client'; client: number; state: RoundsState }
  | { next: 'aggregate' | 'validate' | 'checkpoint'; state: RoundsState }
  | { next: 'end'; outcome: 'completed' | 'over-budget' };

/** Where a federation begins, or goes on after so many rounds. */
export const beginAt = (round: number): RoundsState =>
  round === 0 ? { round, turns: 0 } : { round, turns: 0, validated: round, kept: round };

export function decideRound(
  state: RoundsState,
  { overBudget }: { overBudget: boolean },
  { rounds, participants, evalEvery, checkpointEvery }: RoundsOptions,
): RoundsDecision {
  if (overBudget) return { next: 'end', outcome: 'over-budget' };
  const { round, turns } = state;
  const due = (every: number | undefined) => every !== undefined && round > 0 && round % every === 0;
  if (turns === 0) {
    const validates = round === rounds || due(evalEvery);
    if (validates && state.validated !== round) return { next: 'validate', state: { ...state, validated: round } };
    if (round === rounds) return { next: 'end', outcome: 'completed' };
    if (due(checkpointEvery) && state.kept !== round) return { next: 'checkpoint', state: { ...state, kept: round } };
  }
  const client = participants(round)[turns];
  if (client !== undefined) return { next: 'client', client, state: { ...state, turns: turns + 1 } };
  return { next: 'aggregate', state: { ...state, round: round + 1, turns: 0 } };
}
