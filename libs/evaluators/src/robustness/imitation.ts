/** @file An imitation of a ranker that can only be asked for orders: a bilinear form of word vectors, learned from pairs. */
import { bySpaces, type Random, type RankedTexts, type Segmenter } from '@rankforge/peft';
import { type ExaminationInput } from '../slots/robustness.js';
import { agreementOf, orderOf } from './ranks.js';
import { vocabularyOf } from './vocabulary.js';
import { add, dot, indexedAtRandom, type WordVectors } from './word-vectors.js';

/** Pairs of a list that are learned from, and the constants of AdaGrad. */
const PAIRS = 40;
const RATE = 0.3;
const FIRST_SQUARE = 1e-2;
const DECAY = 1e-4;

/** Scores `q·B·d`, where `q` is the sum of the vectors of a query's words and `d` that of a text's over the root of their number. */
export class Imitation {
  /** `B`, row by row, and the sums of its squared gradients. */
  private readonly form: Float64Array;
  private readonly squares: Float64Array;

  /** @param segmenter of queries and texts. Default: words are what stands between white space */
  constructor(
    readonly vectors: WordVectors,
    private readonly segmenter: Segmenter = bySpaces,
  ) {
    const size = vectors.width ** 2;
    this.form = new Float64Array(size);
    this.squares = new Float64Array(size).fill(FIRST_SQUARE);
  }

  query(query: string): Float64Array {
    return this.sum(query).vector;
  }

  text(text: string): Float64Array {
    const { vector, count } = this.sum(text);
    return vector.map((value) => value / Math.sqrt(Math.max(1, count)));
  }

  /** `q·B`: how much each part of a text's vector adds. */
  direction(query: Float64Array): Float64Array {
    const { width } = this.vectors;
    const direction = new Float64Array(width);
    for (let row = 0; row < width; row++) {
      add(direction, this.form.subarray(row * width, (row + 1) * width), query[row]!);
    }
    return direction;
  }

  score(query: string, text: string): number {
    return dot(this.direction(this.query(query)), this.text(text));
  }

  /** How much an occurrence of each word adds, to scale. */
  gains(direction: Float64Array): Float64Array {
    return Float64Array.from(this.vectors.words, (word) => dot(direction, this.vectors.of(word)!));
  }

  /** One step of a pairwise logistic loss, from pairs of the first third of an order and the last. */
  learn(query: string, texts: readonly string[], scores: ArrayLike<number>, random: Random): void {
    const order = orderOf(scores);
    const third = Math.max(1, Math.floor(order.length / 3));
    const q = this.query(query);
    const own = texts.map((text) => this.text(text));
    const better = Array.from({ length: PAIRS }, () => order[random.integer(third)]!);
    const worse = Array.from({ length: PAIRS }, () => order[order.length - third + random.integer(third)]!);
    const direction = this.direction(q);
    const pull = new Float64Array(this.vectors.width);
    better.forEach((one, pair) => {
      const difference = own[one]!.map((value, at) => value - own[worse[pair]!]![at]!);
      add(pull, difference, 1 / (1 + Math.exp(dot(direction, difference))) / PAIRS);
    });
    const { form, squares } = this;
    const { width } = this.vectors;
    for (let row = 0; row < width; row++) {
      for (let column = 0; column < width; column++) {
        const at = row * width + column;
        const gradient = -q[row]! * pull[column]! + DECAY * form[at]!;
        squares[at]! += gradient ** 2;
        form[at]! -= (RATE * gradient) / Math.sqrt(squares[at]!);
      }
    }
  }

  private sum(text: string): { vector: Float64Array; count: number } {
    const vector = new Float64Array(this.vectors.width);
    const known = this.segmenter.terms(text, 'none').flatMap((word) => this.vectors.of(word) ?? []);
    for (const own of known) add(vector, own);
    return { vector, count: known.length };
  }
}

interface ImitationConfig {
  imitationLists: number;
  listSize: number;
  width: number;
}

/** Asks the ranker for orders of lists and imitates them; says how well it orders the lists that are attacked. */
export async function imitated(input: ExaminationInput<ImitationConfig>): Promise<Imitation> {
  const { config, collection, segmenter, known, queries, victim, random, learned } = input;
  const vectors = indexedAtRandom(vocabularyOf(collection, segmenter), collection, {
    width: config.width,
    segmenter,
    random: random.fork('word vectors'),
  });
  const imitation = new Imitation(vectors, segmenter);
  const draws = random.fork('lists');
  for (let list = 0; list < config.imitationLists; list++) {
    const { query, texts } = listOf(known, collection, { list, size: config.listSize, random: draws });
    imitation.learn(query, texts, await victim.scores(query, texts), draws);
  }
  const counts = queries.map(({ query, texts, scores }) =>
    agreementOf(
      scores,
      texts.map((text) => imitation.score(query, text)),
    ),
  );
  const sum = (of: 'pairs' | 'alike') => counts.reduce((total, count) => total + count[of], 0);
  learned.agreement = sum('alike') / Math.max(1, sum('pairs'));
  return imitation;
}

/** The rows of a query of the training split, filled up with texts by chance. @throws Error where there is no query */
function listOf(
  known: readonly RankedTexts[],
  collection: readonly string[],
  { list, size, random }: { list: number; size: number; random: Random },
): { query: string; texts: string[] } {
  if (known.length === 0) throw new Error('an imitation learns from queries of the training split, and it has none');
  const { query, rows } = known[list % known.length]!;
  const texts = new Set(rows.slice(0, size));
  const most = Math.min(size, collection.length);
  while (texts.size < most) texts.add(collection[random.integer(collection.length)]!);
  return { query, texts: [...texts] };
}
