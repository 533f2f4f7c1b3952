/**
 * @file The batch of a step whose recipe searches the corpus, or whose objective draws from it: queries beside negatives that were drawn, or readings of queries with all
 * documents as the model before training encodes them. What was found lies on the host; the state of the recipe has what a checkpoint needs.
 */

import type { TaskData } from '../data/task-data.js';
import type { Batch, FirstDocuments } from '../objectives/data.js';
import { findObjective } from '../objectives/registry.js';
import type { FixedPart, Followed, NegativesPart, RecipeReport, RecipeState } from '../recipes/recipe.js';
import type { Random } from '../tensor/random.js';
import { comparedAtMost, indexOf, loadIndexPackage } from './document-index.js';
import { encodedCorpus, nearest, recallOf, type SearchInput, searchedData } from './search.js';

/** The batch of these units of the training split, and the state of the recipe with what was found for it. */
type NextBatch = (
  units: readonly number[],
  state: RecipeState | undefined,
) => Promise<{ batch: Batch; state: RecipeState }>;

export interface Searching {
  /**
   * Opens the stream of a step, which its batches draw from one after another: cut into smaller ones, they draw what the whole does.
   *
   * @param step 1-based
   */
  batches(step: number): NextBatch;
  report(state: RecipeState): RecipeReport;
}

type Compared = Record<keyof typeof comparedAtMost, number>;

interface SearchingInput {
  recipe: Followed | undefined;
  /** The input of a search of the training split; encodes nothing until somebody searches. */
  search: SearchInput;
  /** Sizes up to which all is compared; of more an index finds the first. Default `comparedAtMost`. */
  compared?: Compared;
  /** The stream of the steps. */
  random: Random;
}

/** Undefined where neither recipe nor objective looks for anything. */
export function searchingOf({ recipe, ...input }: SearchingInput): Searching | undefined {
  const { negatives, fixed } = recipe?.recipe ?? {};
  if (negatives) return drawing(negatives, recipe!.config, input);
  if (fixed) return comparing(fixed, recipe!.config, input);
  const { negatives: count } = findObjective(input.search.data.objective);
  return count === undefined ? undefined : drawing(fromWholeCorpus(count), undefined, input);
}

/** Negatives that nobody looks for. */
const fromWholeCorpus = (count: number): NegativesPart<unknown> => ({
  count: () => count,
  first: () => undefined,
  every: () => undefined,
});

const searchesIn = (state: RecipeState | undefined): number => state?.searches?.[0] ?? 0;

/** Fills a list that is shorter than the rows of a state. */
const NONE = -1;

function drawing(
  { count, first, every }: NegativesPart<unknown>,
  config: unknown,
  { search, random, compared = comparedAtMost }: Omit<SearchingInput, 'recipe'>,
): Searching {
  const { data, split } = search;
  const [negatives, most, period] = [count(config), first(config), every(config)];
  const asksIndex = areMany(search, compared);
  const found = async (step: number, state: RecipeState): Promise<RecipeState> => {
    if (most === undefined) return state;
    const isDue = period !== undefined && (step - 1) % period === 0;
    if (state.found && !isDue) return state;
    const encoded = await encodedToSearch(search, asksIndex);
    const lists = await nearest(search, encoded.vectors, { most, without: 'relevant', index: encoded.index });
    const all = new Float32Array(split.size * most).fill(NONE);
    lists.forEach((list, unit) => {
      all.set(list, unit * most);
    });
    const next = await withRecall(state, search, encoded);
    return { ...next, found: all, searches: Float32Array.of(searchesIn(state) + 1) };
  };
  return {
    batches(step) {
      const drawn = random.fork(`negatives/${step}`);
      return async (units, state = {}) => {
        const { corpus, searches } = searchedData(data, split);
        const next = await found(step, state);
        const beside = units.map((unit) => {
          const listed = most === undefined ? undefined : next.found!.subarray(unit * most, (unit + 1) * most);
          if (listed)
            return without(
              listed.filter((document) => document !== NONE),
              negatives,
              drawn,
            );
          return fromCorpus(
            corpus.size,
            new Set(searches.relevant(unit).map(({ document }) => document)),
            negatives,
            drawn,
          );
        });
        return { batch: searches.beside(units, beside), state: next };
      };
    },
    report: (state) =>
      most === undefined
        ? {}
        : { encodedTexts: searchesIn(state) * (data.corpus!.size + split.size), ...recallIn(state) },
  };
}

/** Whether a search of the split has so many documents and queries that an index is the quicker way. */
const areMany = ({ data, split }: SearchInput, compared: Compared): boolean =>
  (data.corpus?.size ?? 0) > compared.documents && split.size > compared.queries;

interface EncodedCorpus {
  /** All documents, one after another. */
  vectors: Float32Array;
  /** Undefined: all are compared. */
  index: FirstDocuments | undefined;
}

async function encodedToSearch(search: SearchInput, asksIndex: boolean): Promise<EncodedCorpus> {
  const { size: documents } = searchedData(search.data, search.split).corpus;
  if (asksIndex) await loadIndexPackage(documents);
  const vectors = await encodedCorpus(search);
  return { vectors, index: asksIndex ? await indexOf(vectors, { documents, turn: search.turn }) : undefined };
}

/** Queries, and documents of each, by which the recall of an index is known. */
const examined = { queries: 100, most: 100 } as const;

/** Takes the recall of a training's first index alone, so that one that goes on says what it said. */
async function withRecall(
  state: RecipeState,
  search: SearchInput,
  { vectors, index }: EncodedCorpus,
): Promise<RecipeState> {
  if (!index || state.indexRecall) return state;
  return { ...state, indexRecall: Float32Array.of(await recallOf(index, search, vectors, examined)) };
}

const recallIn = ({ indexRecall }: RecipeState): RecipeReport => (indexRecall ? { indexRecall: indexRecall[0]! } : {});

/** Draws some of a list, none twice; all where it has no more. */
function without(list: Float32Array, count: number, random: Random): number[] {
  const left = Array.from(list);
  return Array.from({ length: Math.min(count, left.length) }, () => left.splice(random.integer(left.length), 1)[0]!);
}

/** Draws documents, none twice and none that is barred; all others where there are no more. */
function fromCorpus(size: number, barred: ReadonlySet<number>, count: number, random: Random): number[] {
  const drawn = new Set<number>();
  const most = Math.min(count, size - barred.size);
  while (drawn.size < most) {
    const document = random.integer(size);
    if (!barred.has(document)) drawn.add(document);
  }
  return [...drawn];
}

function comparing(
  { feedback, sizes, first: readsFirst }: FixedPart<unknown>,
  config: unknown,
  { search, random, compared = comparedAtMost }: Omit<SearchingInput, 'recipe'>,
): Searching {
  const { data, split } = search;
  const most = feedback(config);
  const stepsAsk = readsFirst === true && (data.corpus?.size ?? 0) > compared.documents;
  const encode = async () => {
    const encoded = await encodedToSearch(search, stepsAsk || (most > 0 && areMany(search, compared)));
    const { vectors, index } = encoded;
    return { encoded, added: most > 0 ? await nearest(search, vectors, { most, without: 'none', index }) : undefined };
  };
  let made: ReturnType<typeof encode> | undefined;
  return {
    batches(step) {
      const drawn = random.fork(`readings/${step}`);
      return async (units, state = {}) => {
        const { searches } = searchedData(data, split);
        made ??= encode();
        const { encoded, added: ofUnits } = await made;
        const { vectors, index } = encoded;
        const added = units.map((unit) => {
          const found = without(Float32Array.from(ofUnits?.[unit] ?? []), most, drawn);
          return sizes(config, drawn).map((size) => found.slice(0, size));
        });
        const batch = searches.readings(units, added);
        const relevant = units.map((unit) => searches.relevant(unit));
        const next = { ...(await withRecall(state, search, encoded)), searches: Float32Array.of(1) };
        return { batch: { ...batch, fixed: { vectors, relevant, first: stepsAsk ? index : undefined } }, state: next };
      };
    },
    report: (state) => ({
      encodedTexts: searchesIn(state) * textsOf(data, most > 0 ? split.size : 0),
      ...recallIn(state),
    }),
  };
}

const textsOf = ({ corpus }: TaskData, queries: number): number => (corpus?.size ?? 0) + queries;
