import type { Random } from '@rankforge/peft';
import { z } from 'zod';
import { type ExaminationInput, type ExaminedQuery, type ScoredQuery } from '../slots/robustness.js';
import { Boosts } from './attacked.js';
import { orderOf, placeOf } from './ranks.js';
import { defineExamination, examinationFields } from './settings.js';
import { errorOf, marginAt, riseBound, SmoothedText } from './smoothing.js';

/** Replacements of single words that an attack compares. */
const MOST_REPLACEMENTS = 64;

/** Texts that are scored at a time. */
const AT_A_TIME = 256;

const config = z.strictObject({
  ...examinationFields,
  k: z.number().int().min(1).max(1000).default(5).meta({ description: 'First places that nothing may enter.' }),
  edits: z
    .number()
    .int()
    .min(0)
    .max(1000)
    .default(1)
    .meta({ description: 'Words of a document that an attacker may replace by a synonym (R).' }),
  samples: z
    .number()
    .int()
    .min(2)
    .max(1_000_000)
    .default(1000)
    .meta({ description: 'Drawn texts that a smoothed score is the mean of.' }),
  setSize: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(20)
    .meta({ description: 'Words that a word is drawn from: itself and those nearest to it.' }),
  confidence: z
    .number()
    .min(0.5)
    .max(0.999_999)
    .default(0.95)
    .meta({ description: 'Of all certificates of a query together, since scores are means of draws.' }),
  synonyms: z
    .string()
    .regex(/^(wordnet|[0-9a-f]{64})$/, 'expected "wordnet", or the SHA-256 of a file of synonym sets')
    .default('wordnet')
    .meta({ description: '`wordnet`, or the SHA-256 of a file of synonym sets of your own.' }),
});
type Config = z.infer<typeof config>;

/** A smoothed ranker, what is certain of its order, and an attack that tries to break it. */
export const certdr = defineExamination({
  name: 'certdr',
  title: 'Certified robustness by smoothing over synonyms (CertDR)',
  summary:
    'Ranks by scores over drawn synonyms, certifies that no document enters the first places by so many replaced words, and tries to break that.',
  paper: {
    title: 'Certified Robustness to Word Substitution Ranking Attack for Neural Ranking Models',
    year: 2022,
    arxiv: '2209.06691',
  },
  evidence: {
    level: 'partial',
    reason:
      'smoothing sets come from WordNet or a file and not from counter-fitted vectors, overlaps are over the larger set, the confidence is that of all scores of a query, and the ranker is not trained on drawn texts',
  },
  config,
  questionsOfDocument: () => 1,
  synonyms: ({ synonyms }) => synonyms,
  unfit: ({ name, between }) =>
    between !== ''
      ? undefined
      : `certificates are over synonyms of words that white space parts, and words of the data are those of ${name}: nothing would be replaced, and all of it certified; examine it by another method`,
  examine,
});

async function* examine(input: ExaminationInput<Config>): AsyncGenerator<ExaminedQuery> {
  const { queries, config, random } = input;
  for (const [index, query] of queries.entries()) {
    yield await examined(query, input, config, random.fork(`query/${index}`));
  }
}

async function examined(
  { query, texts }: ScoredQuery,
  input: ExaminationInput<Config>,
  { k, edits, samples, setSize, confidence, documents }: Config,
  random: Random,
): Promise<ExaminedQuery> {
  const { judge } = input;
  const { synonyms } = input;
  if (!synonyms) throw new Error('certificates are over sets of synonyms, and none was given');
  const own = texts.map((text) => new SmoothedText(text, synonyms, setSize));
  const smoothed = (text: SmoothedText, label: string) =>
    meanScore({ judge, query, text, samples, random: random.fork(label) });
  const scores = new Float64Array(texts.length);
  for (const [row, text] of own.entries()) scores[row] = await smoothed(text, `text/${row}`);
  const order = orderOf(scores);
  const attacked = order.slice(k, k + documents);
  // Scores of attacked texts are estimates as well: the confidence is that of all together.
  const error = errorOf(samples, texts.length + attacked.length, confidence);
  const bounds = order.map((row) => riseBound(own[row]!.kept(), edits));
  const certified = marginAt(k, { scores: order.map((row) => scores[row]!), bounds, error }) > 0;
  const boosts = new Boosts(k);
  const orders: Float64Array[] = [];
  for (const row of attacked) {
    const text = await replaced(own[row]!, query, { edits, random: random.fork(`attack/${row}`), input });
    const score = await smoothed(new SmoothedText(text, synonyms, setSize), `attacked/${row}`);
    const after = placeOf(scores, row, score);
    boosts.add(placeOf(scores, row), after);
    if (certified && after < k) {
      throw new Error(
        `certified and broken: no document was to enter the first ${k} places of "${query}" by ${edits} replaced words, and "${text}" did; please report it`,
      );
    }
    orders.push(Float64Array.from(scores, (before, at) => (at === row ? score : before)));
  }
  const columns = { ...boosts.columns(), certified: Number(certified) };
  return { orders: orders.length > 0 ? orders : [scores], columns, moves: boosts.moves };
}

async function meanScore({
  judge,
  query,
  text,
  samples,
  random,
}: Pick<ExaminationInput<Config>, 'judge'> & {
  query: string;
  text: SmoothedText;
  samples: number;
  random: Random;
}): Promise<number> {
  let sum = 0;
  for (let start = 0; start < samples; start += AT_A_TIME) {
    const drawn = Array.from({ length: Math.min(AT_A_TIME, samples - start) }, () => text.drawn(random));
    // Draws of a short text repeat, and a ranker gives equal texts equal scores.
    const different = [...new Set(drawn)];
    const scores = await judge.scores(query, different);
    const byText = new Map(different.map((each, at) => [each, judge.bounded(scores[at]!)]));
    for (const each of drawn) sum += byText.get(each)!;
  }
  return sum / samples;
}

/** The text after an attack: of the single replacements that raise the score of the plain ranker most, one for each of some words. */
async function replaced(
  text: SmoothedText,
  query: string,
  { edits, random, input }: { edits: number; random: Random; input: ExaminationInput<Config> },
): Promise<string> {
  const all = text.words.flatMap((word, place) =>
    input.synonyms!.of(word).map((synonym) => ({ place, synonym, key: random.uniform() })),
  );
  const tried = all.sort((a, b) => a.key - b.key).slice(0, MOST_REPLACEMENTS);
  if (edits === 0 || tried.length === 0) return text.replaced(new Map());
  const scores = await input.victim.scores(
    query,
    tried.map(({ place, synonym }) => text.replaced(new Map([[place, synonym]]))),
  );
  const chosen = new Map<number, string>();
  for (const at of orderOf(scores)) {
    const { place, synonym } = tried[at]!;
    if (chosen.size < edits && !chosen.has(place)) chosen.set(place, synonym);
  }
  return text.replaced(chosen);
}
