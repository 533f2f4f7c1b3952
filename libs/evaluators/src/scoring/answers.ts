/** @file Scores of a procedure that answers questions, with a record of each question. */
import { bySpaces, type GroundedQuestion, metricParts, type Segmenter, undisturbed } from '@rankforge/peft';
import {
  columnsOf,
  coverage,
  type GroundedScores,
  hasAnswer,
  nearestAnswer,
  scoreGrounded,
} from '@rankforge/peft/extension';
import { type AnswererPart } from '../slots/answerer.js';
import type { AnswerRecord, ProcedureInput, ProcedureScores } from './procedure-scores.js';
import { shown, shownTexts } from './shown.js';

type Of = Pick<ProcedureInput, 'evaluator' | 'config' | 'data' | 'split'>;

/** @throws Error where the data has no questions with documents */
function groundsOf({ evaluator, data, split }: Of) {
  const { documents, segmenter = bySpaces, [split]: own } = data;
  const { size, questions } = own;
  if (size === 0) throw new RangeError(`${split}: the data has no example of this split to score`);
  if (documents === undefined || questions?.grounded === undefined) {
    throw new Error(`${evaluator.name} answers questions from documents, and the data of ${data.objective} has none`);
  }
  return { documents, segmenter, size, questionAt: (index: number): GroundedQuestion => questions.grounded!(index) };
}

/** Answers every question of a split and scores the answers. */
export async function scoreAnswers(
  input: ProcedureInput,
  answerer: AnswererPart,
): Promise<ProcedureScores & Required<Pick<ProcedureScores, 'answers'>>> {
  const { evaluator, config, data, seed, generator, encode, turn = undisturbed, onQuery } = input;
  const { documents, segmenter, size, questionAt } = groundsOf(input);
  const asked = { calls: 0, pairs: 0, agreeing: 0 };
  const settings = evaluator.config.parse(config);
  await turn.pass();
  const answer = await answerer.open({ documents, segmenter, config: settings, generator, encode, seed, asked });
  const records: AnswerRecord[] = [];
  const scores: GroundedScores[] = [];
  for (let index = 0; index < size; index++) {
    await turn.pass();
    const question = questionAt(index);
    const answered = await answer(question);
    const own = scoresOf(question, answered, segmenter);
    scores.push(own);
    records.push({ ...recordOf(question, answered, segmenter), scores: known(own) });
    onQuery?.(index + 1, size);
  }
  const of = { objective: data.objective, columns: columnsOf(scores) };
  const parts = Object.entries(metricParts(of));
  const metrics = Object.fromEntries(parts.map(([name, { value }]) => [name, value]));
  const examples = Object.fromEntries(parts.map(([name, part]) => [name, part.examples]));
  return { ...of, metrics, examples, asked, answers: records };
}

type Answered = Awaited<ReturnType<Awaited<ReturnType<AnswererPart['open']>>>>;

/** Evidence that nobody named has no recall. */
const scoresOf = ({ right, evidence }: GroundedQuestion, { text, context }: Answered, segmenter: Segmenter) => {
  const passages = context.map(({ passage }) => passage);
  return scoreGrounded(text, right, segmenter, evidence.length === 0 ? Number.NaN : coverage(evidence, passages));
};

const known = (scores: GroundedScores): Partial<GroundedScores> =>
  Object.fromEntries(Object.entries(scores).filter(([, value]) => !Number.isNaN(value)));

function recordOf(
  { question, right, evidence, request }: GroundedQuestion,
  { text, context, statements, ...verdict }: Answered,
  segmenter: Segmenter,
): Omit<AnswerRecord, 'scores'> {
  return {
    question: shown(question),
    ...(request && { request }),
    right,
    answer: shown(text),
    context: context.slice(0, shownTexts).map(({ passage, text: own, score }) => ({
      document: passage.document,
      text: shown(own),
      ...(score === undefined ? {} : { score }),
      evidence: coverage([passage], evidence),
      hasAnswer: right.some((one) => hasAnswer(own, one, segmenter)),
    })),
    ...(statements && {
      statements: statements.slice(0, shownTexts).map(({ kind, text: said }) => ({ kind, text: shown(said) })),
    }),
    nearest: nearestAnswer(text, right, segmenter),
    ...verdict,
  };
}

/** The most calls for all questions of a split. */
export function callsOfAnswers(of: Of, answerer: AnswererPart): number {
  const { documents, segmenter, size } = groundsOf(of);
  const settings = of.evaluator.config.parse(of.config);
  return (answerer.callsBefore?.({ documents, segmenter }, settings) ?? 0) + size * answerer.calls(settings);
}
