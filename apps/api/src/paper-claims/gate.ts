/** @file The scale that a comparison needs before it says anything of a paper: the same rule for every paper claim. */
import { edgeText, isToBeTuned, type LeaderboardRow, parametersText } from '@rankforge/contracts';
import type { PaperClaimComparison, PaperScale } from '@rankforge/peft';

/** Share of the paper's model and of its steps that is asked for. */
const share = 1 / 10;

/** Scale of a paper of which nothing is on record: RoBERTa-base, and so many steps. */
const usual: Required<PaperScale> = { parameters: 125e6, steps: 3000 };

export const scaleOf = (scale: PaperScale | undefined): Required<PaperScale> => ({ ...usual, ...scale });

type Side = Pick<LeaderboardRow, 'method' | 'steps' | 'edges'>;

/**
 * Says what a comparison lacks to test a paper claim; undefined where it lacks nothing. Counts and bytes follow from shapes, so that the size of
 * the base is all that matters to them; a score also takes steps, and a learning rate that was chosen between others.
 */
export function whyNotTested(
  { measure }: Pick<PaperClaimComparison, 'measure'>,
  scale: PaperScale | undefined,
  { parameters, sides }: { parameters: number | null; sides: readonly Side[] },
): string | undefined {
  const asked = scaleOf(scale);
  const lacks: string[] = [];
  if (parameters === null) lacks.push('the size of the base is not known');
  else if (parameters < asked.parameters * share) {
    const paper = scale
      ? `the paper has ${parametersText(asked.parameters)}`
      : `papers have ${parametersText(asked.parameters)} and more`;
    lacks.push(
      `a base of ${parametersText(parameters)} parameters, where ${paper}: asked for is a tenth, ${parametersText(asked.parameters * share)}`,
    );
  }
  if (measure === 'score') lacks.push(...trainedTooLittle(sides, asked.steps * share));
  return lacks.length === 0 ? undefined : lacks.join('; ');
}

/** What trains nothing needs no steps and no rate. */
function trainedTooLittle(sides: readonly Side[], steps: number): string[] {
  const trained = sides.filter((side) => side.steps !== 0);
  const least = Math.min(...trained.map((side) => side.steps ?? Number.POSITIVE_INFINITY));
  const edges = trained.flatMap(({ method, edges }) =>
    edges.filter(({ axis }) => isToBeTuned(axis)).map((edge) => `${method}: ${edgeText(edge)}`),
  );
  return [
    ...(trained.some((side) => side.steps === null) ? ['the number of steps is not known'] : []),
    ...(least < steps ? [`${least} steps, and asked for are ${steps.toLocaleString('en')}`] : []),
    ...edges,
  ];
}
