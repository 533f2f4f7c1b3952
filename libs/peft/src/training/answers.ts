/** @file Scores of a procedure that answers questions, with a record of each question. */
import { columnsOf, nearestAnswer, scoreGrounded } from '../objectives/metrics/written-answers.js';
import type { AnswererPart, GroundedQuestion } from '../slots/answerer.js';
import { coverage } from '../text/chunks.js';
import { metricParts } from './metrics.js';
import type { AnswerRecord, ProcedureInput, ProcedureScores } from './procedure-scores.js';
import { shown, shownTexts } from './shown.js';
import { undisturbed } from './turns.js';

type Of = Pick<ProcedureInput, 'method' | 'config' | 'data' | 'split'>;

/** @throws Error where the data has no questions with documents */
function groundsOf({ method, data, split }: Of) {
  const { documents, [split]: own } = data;
  const { size, questions } = own;
  if (size === 0) throw new RangeError(`${split}: the data has no example of this split to score`);
  if (documents === undefined || questions?.grounded === undefined) {
    throw new Error(`${method.name} answers questions from documents, and the data of ${data.objective} has none`);
  }
  return { documents, size, questionAt: (index: number): GroundedQuestion => questions.grounded!(index) };
}

/** Answers every question of a split and scores the answers. */
export async function scoreAnswers(
  input: ProcedureInput,
  answerer: AnswererPart,
): Promise<ProcedureScores & Required<Pick<ProcedureScores, 'answers'>>> {
  const { method, config, data, seed, generator, encode, turn = undisturbed, onQuery } = input;
  const { documents, size, questionAt } = groundsOf(input);
  const asked = { calls: 0, pairs: 0, agreeing: 0 };
  const settings = method.config.parse(config);
  await turn.pass();
  const answer = await answerer.open({ documents, config: settings, generator, encode, seed, asked });
  const records: AnswerRecord[] = [];
  for (let index = 0; index < size; index++) {
    await turn.pass();
    const question = questionAt(index);
    records.push(recordOf(question, await answer(question)));
    onQuery?.(index + 1, size);
  }
  const of = { objective: data.objective, columns: columnsOf(records.map(({ scores }) => scores)) };
  const parts = Object.entries(metricParts(of));
  const metrics = Object.fromEntries(parts.map(([name, { value }]) => [name, value]));
  const examples = Object.fromEntries(parts.map(([name, part]) => [name, part.examples]));
  return { ...of, metrics, examples, asked, answers: records };
}

type Answered = Awaited<ReturnType<Awaited<ReturnType<AnswererPart['open']>>>>;

function recordOf({ question, right, evidence }: GroundedQuestion, { text, context, ...more }: Answered): AnswerRecord {
  const passages = context.map(({ passage }) => passage);
  const { statements, judged } = more;
  return {
    question: shown(question),
    right,
    answer: shown(text),
    context: context.slice(0, shownTexts).map(({ passage, text: own, score }) => ({
      document: passage.document,
      text: shown(own),
      ...(score === undefined ? {} : { score }),
      evidence: coverage([passage], evidence),
    })),
    ...(statements && {
      statements: statements.slice(0, shownTexts).map(({ kind, text: said }) => ({ kind, text: shown(said) })),
    }),
    scores: scoreGrounded(text, right, coverage(evidence, passages)),
    nearest: nearestAnswer(text, right),
    ...(judged === undefined ? {} : { judged }),
  };
}

/** The most calls for all questions of a split. */
export function callsOfAnswers(of: Of, answerer: AnswererPart): number {
  const { documents, size } = groundsOf(of);
  const settings = of.method.config.parse(of.config);
  return (answerer.callsBefore?.(documents, settings) ?? 0) + size * answerer.calls(settings);
}
