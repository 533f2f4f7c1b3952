/** @file Every recipe. A new one is a file beside this and a line here. */
import { UnknownNameError } from '../unknown-name.js';
import { adore } from './adore.js';
import { adversarialEmbeddings } from './adversarial-embeddings.js';
import { anchoredHinge } from './anchored-hinge.js';
import { bm25Selection } from './bm25-selection.js';
import { clicksCalibrated } from './clicks-calibrated.js';
import { clicksIps } from './clicks-ips.js';
import { clicksNaive } from './clicks-naive.js';
import { decor } from './decor.js';
import { dla } from './dla.js';
import { hinge } from './hinge.js';
import { lambda } from './lambda.js';
import { lat } from './lat.js';
import { listwise } from './listwise.js';
import { llmrec } from './llmrec.js';
import { lol } from './lol.js';
import { meanGradient } from './mean-gradient.js';
import { randomNegatives } from './random-negatives.js';
import { randomSelection } from './random-selection.js';
import { ranknet } from './ranknet.js';
import type { Recipe } from './recipe.js';
import { star } from './star.js';
import { staticHard } from './static-hard.js';
import { subtractedWords } from './subtracted-words.js';
import { tarot } from './tarot.js';
import { tarotUnwhitened } from './tarot-unwhitened.js';
import { wantedAlone } from './wanted-alone.js';
import { weakQueries } from './weak-queries.js';

export const recipes: readonly Recipe[] = [
  listwise,
  ranknet,
  lambda,
  hinge,
  anchoredHinge,
  dla,
  clicksNaive,
  clicksIps,
  clicksCalibrated,
  lat,
  adversarialEmbeddings,
  randomNegatives,
  staticHard,
  star,
  adore,
  lol,
  weakQueries,
  llmrec,
  tarot,
  tarotUnwhitened,
  meanGradient,
  bm25Selection,
  randomSelection,
  decor,
  subtractedWords,
  wantedAlone,
  // A recipe is its import and its line here.
];

export const recipeNames: readonly string[] = recipes.map(({ name }) => name);

/**
 * The recipe called `name`, e.g. `findRecipe('lambda')`.
 *
 * @throws UnknownNameError
 */
export function findRecipe(name: string): Recipe {
  const recipe = recipes.find((candidate) => candidate.name === name);
  if (!recipe) throw new UnknownNameError('recipe', name, recipeNames);
  return recipe;
}
