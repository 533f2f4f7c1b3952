/** @file Words that a generator says of items and users, as edges of a graph. */
import { describe, expect, it } from 'vitest';
import { type AskedTexts, askedTextsOf } from '../src/recipes/recipe.js';
import { findRecipe } from '../src/recipes/registry.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { openedBase } from './support/opened-engine.js';
import { trainSteps } from './support/stepped-run.js';
import { vectors as base, names, tastes, tastesOf } from './support/tastes.js';

const llmrec = findRecipe('llmrec');
const { train } = tastesOf();
const [users, items] = [20, 40];
const config = llmrec.config.parse({ edges: 0, attributes: 2, profiles: 1, history: 3, itemWords: 4 });
const asks = askedTextsOf({ recipe: llmrec, config })!;
const vectors = 64;
const prompts = asks.prompts(train, createRandom(3), { vectors });
const splitOf = (texts: readonly string[], took: AskedTexts['took'] = () => {}) =>
  llmrec.examples!.of(train, config, createRandom(3), { vectors, asked: { texts, took } });
const edgesOf = (texts: readonly string[]) => splitOf(texts).taken!.pairs.filter(({ less }) => less !== undefined);

/** The item that a prompt is about, by its name; undefined where it is about a user. */
const isOfItem = (prompt: string) => /\nName: "(i\d+)"\nKind:$/.exec(prompt)?.[1];
/** Items are even or odd, and users like either. */
const saying = (prompt: string) => {
  const last = isOfItem(prompt) ?? /"(i\d+)"\nLikes:$/.exec(prompt)![1]!;
  return Number(last.slice(1)) % 2 === 0 ? 'Even, and odd things.' : 'Odd.';
};

describe('words that a generator says', () => {
  it('come of every item by its name, and of every user by the last items', () => {
    expect(prompts.map(isOfItem).filter(Boolean)).toEqual(names);
    expect(prompts).toHaveLength(items + users);
    const own = tastes()
      .train.filter(({ user }) => user === 'u0')
      .slice(-3);
    expect(prompts[items]).toMatch(
      new RegExp(`at most 1 words [^]*\\n\\nTaken: ${own.map(({ item }) => `"${item}"`).join(', ')}\\nLikes:$`),
    );
    for (const prompt of prompts) expect(prompt.split(/\s+/).length).toBeLessThanOrEqual(asks.words);
  });

  it('take the items that they are said of, and are taken by users, each beside one that was not said', () => {
    const told = new Map<number, string>();
    const split = splitOf(prompts.map(saying), (place, as) => void told.set(place, as));
    const edges = split.taken!.pairs.filter(({ less }) => less !== undefined);
    // "odd" is the commoner: of all items it says nothing, so that of items only "even" is learned from.
    const [odd, even] = [0, 1];
    const ofItems = edges.filter(({ user }) => user >= users);
    expect(ofItems.map(({ user, item }) => [user, item])).toEqual(
      Array.from({ length: items / 2 }, (_, at) => [users + items + even, 2 * at]),
    );
    for (const { less } of ofItems) expect(less! % 2).toBe(1);
    const ofUsers = edges.filter(({ user }) => user < users);
    expect(ofUsers).toHaveLength(users);
    for (const { user, item, less } of ofUsers) {
      const likes = user % 2 === 0 ? even : odd;
      expect([item, less]).toEqual([items + likes, items + 1 - likes]);
    }
    expect([told.get(0), told.get(1), told.get(items), told.get(items + 1)]).toEqual([
      'even',
      undefined,
      'even',
      'odd',
    ]);
    const at = split.taken!.pairs.indexOf(ofUsers[0]!);
    const { fields, made } = split.searches!.beside([at], [[7]]);
    expect([Array.from(fields!), Array.from(made!)]).toEqual([[0, users + items + even, users + items + odd], [1]]);
    expect(split.searches!.relevant(at).every(({ document }) => document < items)).toBe(true);
  });

  it('fall away where they are said once, or of everything, or where nothing is said', () => {
    expect(edgesOf(prompts.map((_, at) => `alone${at}`))).toEqual([]);
    expect(edgesOf(prompts.map(() => 'same'))).toEqual([]);
    expect(edgesOf(prompts.map(() => 'the of'))).toEqual([]);
    expect(edgesOf([])).toEqual([]);
  });

  it('stop at the vectors that the base has, the commonest first, and none where it has none', () => {
    // 60 of 64 vectors are of users and items.
    const kinds = ['ape', 'bee', 'cat', 'dog', 'eel'];
    const said = prompts.map((prompt, at) => (isOfItem(prompt) ? kinds[Math.floor(at / 8)]! : kinds[4]!));
    const words = new Set(edgesOf(said).flatMap(({ user }) => (user >= users ? [user - users - items] : [])));
    expect([...words].sort()).toEqual([0, 1, 2, 3]);
    expect(() => asks.prompts(train, createRandom(3), { vectors: 60 })).toThrow(
      'beside those of 60 users and items, and the base has 60: set both to 0, or draw a base with more',
    );
  });
});

describe('a training with words', () => {
  const on = openedBase(base);
  const optimizer = findOptimizer('adamw').build(findOptimizer('adamw').config.parse({ weightDecay: 1 }));
  const options = { targets: ['tables'], batchSize: 16, learningRate: 0.03, clipNorm: null, seed: 1, steps: 60 };

  it('foretells more where few interactions are known and words say what they are', async () => {
    const lossWith = async (say: (prompt: string) => string) => {
      const recipeConfig = { edges: 0, hide: 0.8, prune: 0, attributes: 2, profiles: 1 };
      const write = async (asked: readonly string[]) => ({ texts: asked.map(say) });
      const method = findMethod('full-ft');
      const given = { engine: on.engine, model: on.base, method, config: {}, optimizer, data: tastesOf(), options };
      const { result } = await trainSteps({ ...given, recipe: llmrec, recipeConfig, write });
      return result.validation!.loss!;
    };
    expect(await lossWith(saying)).toBeLessThan((await lossWith(() => '')) - 0.05);
  });
});
