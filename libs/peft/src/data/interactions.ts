/** @file Interactions of users with items as the data of a recommender: a row for each user and each item in one table of vectors. */
import type { Batch, Corpus, Searches, Split, TakenItem } from '../objectives/data.js';
import { checkIndices } from './indices.js';

export interface Interaction {
  user: string;
  item: string;
  /** When it happened; of all rows, or of none. */
  time?: number | undefined;
}

/** Users and items, by the ids of their vectors: users in the order in which training rows name them, and after them items. */
export interface Catalogue {
  users: ReadonlyMap<string, number>;
  /** Places in the corpus. */
  items: ReadonlyMap<string, number>;
  /** All items, which are searched for each user. */
  corpus: Corpus;
  /** Users and items together. */
  entities: number;
}

/** @param items names of all items; where there are none, those of the interactions */
export function catalogueOf(
  train: readonly Interaction[],
  every: readonly Interaction[],
  items: readonly string[] = [],
): Catalogue {
  const users = numbered(train.map(({ user }) => user));
  const all = numbered(items.length > 0 ? items : every.map(({ item }) => item));
  const ids = (documents: readonly number[]) => documents.map((document) => users.size + document);
  const corpus: Corpus = {
    size: all.size,
    texts: [...all.keys()],
    batch(indices) {
      checkIndices(indices, all.size);
      return entityRows(ids(indices));
    },
  };
  return { users, items: all, corpus, entities: users.size + all.size };
}

const numbered = (names: readonly string[]): ReadonlyMap<string, number> =>
  new Map([...new Set(names)].map((name, place) => [name, place]));

/** Vectors by their ids, a row each. */
const entityRows = (ids: readonly number[]): Batch => ({
  size: ids.length,
  sequence: 0,
  inputs: new Int32Array(0),
  fields: Int32Array.from(ids),
  targets: new Int32Array(0),
  lengths: new Int32Array(0),
});

/**
 * Interactions as units to train on: a user, the item, and an item that the user never had.
 *
 * @throws RangeError naming a row that is there twice or whose item is not in the catalogue, or a user who had every item
 */
export function trainedInteractions(interactions: readonly Interaction[], catalogue: Catalogue): Split {
  return splitOfPairs(pairsOf(interactions, catalogue), catalogue);
}

/**
 * @param words what else has a vector: behind those of users and items
 * @throws RangeError naming a user who had every item
 */
function splitOfPairs(pairs: readonly TakenItem[], catalogue: Catalogue, words: readonly string[] = []): Split {
  const had = itemsOf(pairs);
  const { corpus, users } = catalogue;
  for (const [name, user] of users) {
    // Words stand behind the items.
    const items = [...(had.get(user) ?? [])].filter((item) => item < corpus.size);
    if (items.length < corpus.size) continue;
    throw new RangeError(`user ${quoted(name)} had all ${corpus.size} items, so that none is left to compare with`);
  }
  const names = [...users.keys(), ...corpus.texts, ...words];
  const isMade = pairs.some(({ less }) => less !== undefined);
  const assembled = (indices: readonly number[], beside: readonly (readonly number[])[]): Batch => {
    checkIndices(indices, pairs.length);
    const units = indices.map((index, at) => {
      const { item, less } = pairs[index]!;
      return [item, ...(less === undefined ? beside[at]! : [less])];
    });
    const documents = units.reduce((sum, own) => sum + own.length, 0);
    const excluded = new Uint8Array(units.length * documents).fill(1);
    let next = 0;
    const targets = Int32Array.from(units, (own, unit) => {
      const first = next;
      next += own.length;
      excluded.fill(0, unit * documents + first, unit * documents + next);
      return first;
    });
    const ids = units.flatMap((own, unit) => [
      pairs[indices[unit]!]!.user,
      ...own.map((document) => users.size + document),
    ]);
    const groups = Int32Array.from(units, (own) => 1 + own.length);
    const made = Uint8Array.from(indices, (index) => Number(pairs[index]!.less !== undefined));
    return { ...entityRows(ids), targets, groups, excluded, ...(isMade && { made }) };
  };
  /** The next item in the order of the catalogue that the user never had, for passes that draw none. */
  const next = ({ user, item }: TakenItem): number => {
    let other = item;
    while (had.get(user)!.has(other)) other = (other + 1) % corpus.size;
    return other;
  };
  return {
    size: pairs.length,
    queries: pairs.map(({ user }) => ({ query: names[user]!, rows: corpus.texts })),
    taken: {
      users: users.size,
      items: corpus.size,
      pairs,
      of: (others, further) => splitOfPairs(others, catalogue, further),
    },
    searches: {
      ...forUsers(pairs.map(({ user }) => user)),
      // A word that stands in the place of an item is no document.
      relevant: (index) => relevantOf(had.get(pairs[index]!.user)!).filter(({ document }) => document < corpus.size),
      beside: assembled,
    },
    batch(indices) {
      checkIndices(indices, pairs.length);
      return assembled(
        indices,
        indices.map((index) => [next(pairs[index]!)]),
      );
    },
  };
}

/**
 * Interactions that are to be foretold: units are their users, for whom all items are ordered that they did not have before.
 *
 * @param before interactions of the splits before it
 * @throws RangeError naming a row that was there before or is there twice, a user without a training item, or an item that is not in the
 *   catalogue
 */
export function heldOutInteractions(
  interactions: readonly Interaction[],
  before: readonly Interaction[],
  catalogue: Catalogue,
): Split {
  requireOrder(interactions, before);
  const had = itemsOf(pairsOf(before, catalogue));
  const pairs = pairsOf(interactions, catalogue);
  pairs.forEach(({ user, item }, row) => {
    if (!had.get(user)!.has(item)) return;
    throw new RangeError(
      `row ${row}: ${described(interactions[row]!)} stands in an earlier split too; a user is recommended what is new`,
    );
  });
  const taken = itemsOf(pairs);
  const users = [...taken.keys()];
  const names = [...catalogue.users.keys()];
  const { corpus } = catalogue;
  return {
    size: users.length,
    queries: users.map((user) => ({ query: names[user]!, rows: corpus.texts })),
    searches: {
      ...forUsers(users),
      relevant: (index) => relevantOf(taken.get(users[index]!)!),
      barred: (index) => [...had.get(users[index]!)!],
      beside: untrained,
    },
    batch: forUsers(users).batch,
  };
}

const untrained = () => {
  throw new Error('interactions that are to be foretold are not trained on');
};

/** Searches of these users, in the order of units. */
const forUsers = (users: readonly number[]): Pick<Searches, 'unitRows' | 'batch' | 'readings'> => ({
  unitRows: 3,
  batch(indices) {
    checkIndices(indices, users.length);
    return entityRows(indices.map((index) => users[index]!));
  },
  readings() {
    throw new Error('a user has no words that others could be added to');
  },
});

const relevantOf = (items: ReadonlySet<number>) => Array.from(items, (document) => ({ document, grade: 1 }));

function itemsOf(pairs: readonly TakenItem[]): Map<number, Set<number>> {
  const found = new Map<number, Set<number>>();
  for (const { user, item } of pairs) {
    const own = found.get(user);
    if (own) own.add(item);
    else found.set(user, new Set([item]));
  }
  return found;
}

function pairsOf(interactions: readonly Interaction[], { users, items }: Catalogue): TakenItem[] {
  const seen = new Map<number, number>();
  return interactions.map((interaction, row) => {
    const user = users.get(interaction.user);
    if (user === undefined) {
      throw new RangeError(
        `row ${row}, user: ${quoted(interaction.user)} has no item in the training split, so that nothing is known to recommend by; leave the row out`,
      );
    }
    const item = items.get(interaction.item);
    if (item === undefined) {
      throw new RangeError(
        `row ${row}, item: ${quoted(interaction.item)} is none of the ${items.size} items of the catalogue`,
      );
    }
    const pair = user * items.size + item;
    const first = seen.get(pair);
    if (first !== undefined) {
      throw new RangeError(`row ${row}: ${described(interaction)} stands in row ${first} too; leave one of both out`);
    }
    seen.set(pair, row);
    return { user, item };
  });
}

/** @throws RangeError naming an interaction that happened before one that training or an earlier split has */
function requireOrder(interactions: readonly Interaction[], before: readonly Interaction[]): void {
  const latest = before.reduce(
    (most, { time }) => Math.max(most, time ?? Number.NEGATIVE_INFINITY),
    Number.NEGATIVE_INFINITY,
  );
  const row = interactions.findIndex(({ time }) => time !== undefined && time < latest);
  if (row < 0) return;
  throw new RangeError(
    `row ${row}, time: ${described(interactions[row]!)} happened at ${interactions[row]!.time}, and an earlier split has what happened at ${latest}: it would be foretold from its future`,
  );
}

const quoted = (name: string) => JSON.stringify(name.slice(0, 80));
const described = ({ user, item }: Interaction) => `${quoted(user)} with ${quoted(item)}`;
