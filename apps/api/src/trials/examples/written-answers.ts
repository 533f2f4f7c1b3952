/** @file Answers that procedures kept of test examples. */
import { AnswerRecord, AnswersHead, type ArtifactView, cutText } from '@rankforge/contracts';
import { type Kept, linesOf } from '../kept-lines.js';

const kind: ArtifactView['kind'] = 'answers';

/** Characters of an answer that stands beside others. */
const longest = 500;

/**
 * Answers to the questions at these places of the test split, by trial: null where that is not kept.
 *
 * @param keepers trials that left files, their own or as leaders
 * @returns undefined where none of the trials kept answers
 * @throws ProblemError `unavailable` where a file cannot be read
 */
export async function answersAt(
  places: readonly number[],
  keepers: readonly string[],
  { database, store }: Kept,
): Promise<(string | null)[][] | undefined> {
  const files = await database.artifact.findMany({ where: { trialId: { in: [...keepers] }, kind } });
  if (files.length === 0 || places.length === 0) return undefined;
  const answers: (string | null)[][] = [];
  for (const keeper of keepers) {
    const file = files.find(({ trialId }) => trialId === keeper);
    const [head, ...lines] = file ? await linesOf(store, file) : [];
    const isTest = head !== undefined && AnswersHead.parse(JSON.parse(head)).split === 'test';
    answers.push(places.map((place) => (isTest ? answerIn(lines[place]) : null)));
  }
  return answers;
}

const answerIn = (line: string | undefined): string | null =>
  line === undefined ? null : cutText(AnswerRecord.parse(JSON.parse(line)).answer, longest);
