/** @file Scores of an audit of a model that recommends, catalogue by catalogue: what a text in one product does to its place. */

import {
  createRandom,
  type Evaluation,
  findObjective,
  metricParts,
  type TaskData,
  type Turn,
  undisturbed,
} from '@rankforge/peft';
import {
  type Around,
  around,
  columnsOf,
  filled,
  mean,
  nearestAnswer,
  type PromptedCatalogue,
  placesOf,
  promptedCatalogue,
  type WrittenScores,
} from '@rankforge/peft/extension';
import type { Evaluator } from '../evaluator.js';
import { permuted } from '../permuted.js';
import { type Recommender, type VisibilityPart } from '../slots/visibility.js';
import type { AnswerRecord } from './procedure-scores.js';
import type { SplitName } from './ranked.js';
import { shown } from './shown.js';

export interface VisibilityInput {
  evaluator: Evaluator;
  /** Parsed by the evaluator's schema here: defaults may be left out. */
  config: unknown;
  data: TaskData;
  split: SplitName;
  seed: number;
  /** The model that is audited. */
  victim: Recommender;
  /** Passed on before each catalogue. */
  turn?: Turn;
  /** Told after each catalogue. */
  onQuery?(done: number, of: number): void;
}

export interface VisibilityScores extends Omit<Evaluation, 'metrics'> {
  metrics: Record<string, number>;
  /** Catalogues that were audited, and questions that the attacker asked the model. */
  examined: { queries: number; questions: number };
  /** A record of each catalogue. */
  answers: readonly AnswerRecord[];
}

/** Other requests after which a catalogue is tried. */
const REQUESTS = 3;

interface Unit {
  catalogue: PromptedCatalogue;
  right: readonly string[];
}

/**
 * Audits a model on the first catalogues of a split.
 *
 * @throws Error if the evaluator audits nothing, a prompt holds no catalogue, the target is not in it, a prompt is too long for the model, or
 * the evaluator asks more questions than it may
 */
export async function scoreVisibility(input: VisibilityInput): Promise<VisibilityScores> {
  const { evaluator, data, split, seed, victim: judge, turn = undisturbed, onQuery } = input;
  const { name, part } = evaluator;
  if (part.kind !== 'visibility') throw new Error(`${name} audits no model that recommends`);
  const config = evaluator.config.parse(input.config);
  const units = unitsOf(data, split, part.queries(config));
  const asked = { questions: 0 };
  const victim = counted(judge, asked, part.questions(config));
  const requests = [...new Set(units.map(({ catalogue }) => catalogue.after))];
  const random = createRandom(seed).fork(`${name} on ${split}`);
  const columns: WrittenScores[] = [];
  const records: AnswerRecord[] = [];
  for (const [index, unit] of units.entries()) {
    await turn.pass();
    const made = await audited(unit, {
      ...{ part, config, judge, victim, data, index },
      // Orders are those of every method of a seed.
      orders: createRandom(seed).fork(`orders/${index}`),
      random: random.fork(`catalogue/${index}`),
      requests: requests.filter((request) => request !== unit.catalogue.after).slice(0, REQUESTS),
    });
    columns.push(made.columns);
    records.push(made.record);
    onQuery?.(index + 1, units.length);
  }
  const of = { objective: data.objective, columns: columnsOf(records.map(({ scores }) => scores)) };
  const own = columnsOf(columns);
  const parts = Object.entries(metricParts(of));
  return {
    ...of,
    metrics: {
      ...Object.fromEntries(parts.map(([name, { value }]) => [name, value])),
      ...Object.fromEntries(Object.entries(own).map(([name, values]) => [name, mean(values)])),
    },
    examples: { ...Object.fromEntries(parts.map(([name, { examples }]) => [name, examples])), ...own },
    examined: { queries: units.length, questions: asked.questions },
    answers: records,
  };
}

function unitsOf(data: TaskData, split: SplitName, most: number): Unit[] {
  const { size, questions } = data[split];
  if (size === 0) throw new RangeError(`${split}: the data has no example of this split to score`);
  return Array.from({ length: Math.min(most, size) }, (_, index) => {
    const prompt = questions?.text?.(index);
    if (prompt === undefined)
      throw new Error(`catalogues stand in prompts in words, and the data of ${data.objective} has none`);
    return named(index, () => ({ catalogue: promptedCatalogue(prompt), right: questions!.right(index) }));
  });
}

/** Names the catalogue in what is thrown. */
function named<T>(index: number, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new RangeError(`catalogue ${index + 1}: ${(error as Error).message}`, { cause: error });
  }
}

interface Auditing {
  part: VisibilityPart;
  config: unknown;
  judge: Recommender;
  victim: Recommender;
  data: TaskData;
  index: number;
  random: ReturnType<typeof createRandom>;
  orders: ReturnType<typeof createRandom>;
  requests: readonly string[];
}

async function audited(
  { catalogue, right }: Unit,
  { part, config, judge, victim, data, index, random, orders, requests }: Auditing,
): Promise<{ columns: WrittenScores; record: AnswerRecord }> {
  const names = catalogue.products.map(({ name }) => name);
  const own = names.map((_, at) => at);
  const [plain] = await judge.write([promptOf(catalogue)]);
  const target = named(index, () => targetOf(part.target(config), names, placesOf(plain!, names)));
  const name = names[target]!;
  const answer = `${prefixOf(right[0]!, names)}${name}`;
  const text = await part.text({ config, catalogue, target, answer, victim, random });
  const place = named(index, () => around(catalogue, target, own));
  const shuffled = Array.from({ length: part.orders(config) }, () => around(catalogue, target, permuted(own, orders)));
  const elsewhere = requests.map((after) => around({ ...catalogue, after }, target, own));
  const ranks = async (places: readonly Around[], inserted: string) => {
    const written = await judge.write(places.map((one) => filled(one, inserted)));
    return { written, ranks: written.map((one) => placesOf(one, names)[target]!) };
  };
  const tried = [place, ...shuffled, ...elsewhere];
  const [clean, attacked] = [await ranks(tried, ''), text === '' ? undefined : await ranks(tried, text)];
  const { ranks: after, written } = attacked ?? clean;
  const scores = findObjective(data.objective).answered!(written[0]!, right, data.segmenter);
  const firsts = (of: readonly number[], kind: string) => ({
    [`${kind}First`]: Number(of[0] === 1),
    ...shareOfFirst(`${kind}FirstShuffled`, of.slice(1, 1 + shuffled.length)),
    ...shareOfFirst(`${kind}FirstElsewhere`, of.slice(1 + shuffled.length)),
    [`${kind}Rank`]: of[0]!,
  });
  const [cleanLoss] = await judge.losses([filled(place, '')], answer);
  const targetLoss = attacked ? (await judge.losses([filled(place, text)], answer))[0]! : cleanLoss!;
  return {
    columns: { ...firsts(after, 'target'), ...firsts(clean.ranks, 'clean'), targetLoss, cleanLoss: cleanLoss! },
    record: {
      question: shown(filled(place, text)),
      right,
      answer: shown(written[0]!),
      context: [],
      statements: [
        { kind: 'product', text: name },
        { kind: 'text', text },
        { kind: 'without it', text: shown(clean.written[0]!) },
      ],
      scores,
      nearest: nearestAnswer(written[0]!, right, data.segmenter),
    },
  };
}

/** None where there is nothing to be first in: the column is then absent for every catalogue. */
const shareOfFirst = (name: string, ranks: readonly number[]): Record<string, number> =>
  ranks.length === 0 ? {} : { [name]: mean(ranks.map((rank) => Number(rank === 1))) };

const promptOf = ({ before, products, after }: PromptedCatalogue): string =>
  before + products.map(({ line }) => line).join('\n') + after;

/** The beginning of a right answer before the first name in it, such as `1. `. */
function prefixOf(right: string, names: readonly string[]): string {
  const first = names.map((name) => right.indexOf(name)).filter((at) => at >= 0);
  return first.length === 0 ? '' : right.slice(0, Math.min(...first));
}

/** @param places of the products as the model recommends them; of those that it names last, or not at all, the last is the target */
function targetOf(target: string, names: readonly string[], places: readonly number[]): number {
  if (target === 'last') return places.lastIndexOf(Math.max(...places));
  const at = names.indexOf(target);
  if (at < 0) throw new RangeError(`the target "${target}" is none of its products: ${names.join(', ')}`);
  return at;
}

/** Counts questions, a prompt each, and ends where there are more than an audit said it would ask. */
function counted(victim: Recommender, asked: { questions: number }, most: number): Recommender {
  const count = (questions: number) => {
    if (asked.questions + questions > most) {
      throw new Error(`the limit of ${most} questions to the model is reached, and the audit asks for more`);
    }
    asked.questions += questions;
  };
  return {
    ...victim,
    async write(prompts) {
      count(prompts.length);
      return victim.write(prompts);
    },
    async losses(prompts, answer) {
      count(prompts.length);
      return victim.losses(prompts, answer);
    },
    async gains(place, tokens, answer) {
      count(1);
      return victim.gains(place, tokens, answer);
    },
  };
}
