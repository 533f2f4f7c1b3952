/** @file Scores of a procedure that summarizes, with a record of each document. */

import { bySpaces, candidateMetrics, createRandom, metricParts, type Segmenter, undisturbed } from '@rankforge/peft';
import { columnsOf, mean, nearestAnswer, scoreCandidates, scoreSummary } from '@rankforge/peft/extension';
import { type Summarized, type SummarizerPart } from '../slots/summarizer.js';
import type { AnswerRecord, ProcedureInput, ProcedureScores } from './procedure-scores.js';
import { shown, shownTexts } from './shown.js';

type Of = Pick<ProcedureInput, 'evaluator' | 'data' | 'split'>;

/** @throws Error where the data has no documents in words, or the split is empty */
function documentsOf({ evaluator, data, split }: Of) {
  const { size, questions } = data[split];
  if (size === 0) throw new RangeError(`${split}: the data has no example of this split to score`);
  return {
    size,
    at(index: number): { document: string; right: readonly string[] } {
      const document = questions?.text?.(index);
      if (document === undefined) {
        throw new Error(`${evaluator.name} summarizes documents in words, and the data of ${data.objective} has none`);
      }
      return { document, right: questions!.right(index) };
    },
  };
}

/** Summarizes every document of a split and scores what was chosen, and the candidates. */
export async function scoreSummaries(input: ProcedureInput, summarizer: SummarizerPart): Promise<ProcedureScores> {
  const { evaluator, config, data, split, seed, generator, turn = undisturbed, onQuery } = input;
  const { segmenter = bySpaces } = data;
  const { size, at } = documentsOf(input);
  const settings = evaluator.config.parse(config);
  const random = createRandom(seed).fork(`${evaluator.name} on ${split}`);
  const asked = { calls: 0, pairs: 0, agreeing: 0 };
  const records: AnswerRecord[] = [];
  const ofCandidates: Record<string, number>[] = [];
  for (let index = 0; index < size; index++) {
    await turn.pass();
    const { document, right } = at(index);
    const own = {
      ...{ document, segmenter, right, config: settings, generator, seed, asked },
      random: random.fork(`document/${index}`),
    };
    const made = await summarizer.summarize(own);
    records.push(recordOf(document, right, made, segmenter));
    ofCandidates.push(
      scoreCandidates(
        made.candidates.map(({ text }) => text),
        right,
        segmenter,
      ),
    );
    onQuery?.(index + 1, size);
  }
  const of = { objective: data.objective, columns: columnsOf(records.map(({ scores }) => scores)) };
  const candidates = columnsOf(ofCandidates);
  const parts = Object.entries(metricParts(of));
  return {
    ...of,
    metrics: {
      ...Object.fromEntries(parts.map(([name, { value }]) => [name, value])),
      ...Object.fromEntries(candidateMetrics.map(({ name }) => [name, mean(candidates[name]!)])),
    },
    examples: { ...Object.fromEntries(parts.map(([name, part]) => [name, part.examples])), ...candidates },
    asked,
    answers: records,
  };
}

function recordOf(
  document: string,
  right: readonly string[],
  { candidates, chosen }: Summarized,
  segmenter: Segmenter,
): AnswerRecord {
  const { text } = candidates[chosen]!;
  return {
    question: shown(document),
    right,
    answer: shown(text),
    context: [],
    statements: candidates
      .slice(0, shownTexts)
      .flatMap(({ text: own, plan }, at) => [
        ...(plan === undefined ? [] : [{ kind: `plan ${at + 1}`, text: shown(plan) }]),
        { kind: `candidate ${at + 1}`, text: shown(own) },
      ]),
    scores: scoreSummary(text, right, segmenter),
    nearest: nearestAnswer(text, right, segmenter),
  };
}

/** The most calls for all documents of a split. */
export const callsOfSummaries = (of: Of & { config: unknown }, summarizer: SummarizerPart): number =>
  documentsOf(of).size * summarizer.calls(of.evaluator.config.parse(of.config));
