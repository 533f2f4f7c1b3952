/** @file A choice of the examples that are trained on: what is known of them is gathered, by passes of the model where the recipe asks for gradients. */
import { Matrix } from 'ml-matrix';
import { atMost } from '../data/shares.js';
import type { TaskData } from '../data/task-data.js';
import { visitGradients } from '../engine/autograd.js';
import { runAgain } from '../engine/recording.js';
import type { LoadedBase } from '../models/base.js';
import type { Split } from '../objectives/data.js';
import { answersWithClass } from '../objectives/outputs.js';
import { findObjective } from '../objectives/registry.js';
import type { RecipeReport, RecipeState, SelectionInput, SelectionSide, SelectPart } from '../recipes/recipe.js';
import type { Random } from '../tensor/random.js';
import { sizeOf } from '../tensor/shape.js';
import { shuffled } from '../tensor/shuffled.js';
import { objectiveOf } from './loss.js';
import type { TrainOptions } from './options.js';
import type { TrialModel } from './trial.js';
import type { Turn } from './turns.js';

/** The examples of the training split that were chosen, as the state of a recipe names them; undefined where none were. */
export const chosenIn = ({ chosen }: RecipeState): number[] | undefined => chosen && Array.from(chosen);

/** Examples of the training split that are looked at, and those of the validation split they are chosen for. */
export interface Sides {
  candidates: number[];
  targets: number[];
  /** Examples to choose. */
  count: number;
}

/**
 * @throws RangeError where the share is no example or more than are looked at, or the target has none
 */
export function sidesOf({ settings }: SelectPart<unknown>, data: TaskData, config: unknown, random: Random): Sides {
  const { share, candidates: most, targets: mostTargets, ...target } = settings(config);
  const { size } = data.train;
  const candidates = some(size, most ?? size, random.fork('candidates'));
  const count = share === undefined ? candidates.length : atMost(share, size);
  if (count === 0) {
    throw new RangeError(
      `recipeConfig.share: ${share} of the ${size} training examples is none: raise it to ${1 / size} or more`,
    );
  }
  if (count > candidates.length) {
    throw new RangeError(
      `recipeConfig.candidates: ${share} of the ${size} training examples is ${count}, and ${candidates.length} are looked at: raise candidates, or lower share`,
    );
  }
  if (mostTargets === undefined) return { candidates, targets: [], count };
  const all = targetOf(data, target);
  return { candidates, targets: some(all.length, mostTargets, random.fork('targets')).map((at) => all[at]!), count };
}

/** So many of the numbers below `size`, ascending; all where there are no more. */
const some = (size: number, count: number, random: Random): number[] =>
  count >= size
    ? Array.from({ length: size }, (_, index) => index)
    : [...shuffled(size, random).subarray(0, count)].sort((a, b) => a - b);

type Target = Pick<ReturnType<SelectPart<unknown>['settings']>, 'class' | 'field'>;

/** Examples of the validation split that are the target. @throws RangeError where none is */
function targetOf({ validation, objective }: TaskData, { class: wanted, field }: Target): number[] {
  const all = Array.from({ length: validation.size }, (_, index) => index);
  const values = field && validation.fields?.[field.name];
  if (field && !values) {
    const known = Object.keys(validation.fields ?? {}).join(', ') || 'none';
    throw new RangeError(`recipeConfig.targetField: the examples have no field "${field.name}"; they have ${known}`);
  }
  const classes = wanted === undefined ? undefined : classesOf(validation, objective);
  const found = all.filter(
    (index) => (!field || values![index] === field.value) && (!classes || classes[index] === wanted),
  );
  if (found.length > 0) return found;
  const asked = [
    ...(field ? [`${field.name} ${JSON.stringify(field.value)}`] : []),
    ...(wanted === undefined ? [] : [`class ${wanted}`]),
  ].join(' and ');
  throw new RangeError(
    asked
      ? `recipeConfig: no example of the validation split has ${asked}: choose a target that some have`
      : 'recipeConfig: the validation split, which examples are chosen for, has none',
  );
}

/** The class of each example of a split. */
function classesOf(split: Split, objective: TaskData['objective']): Int32Array | undefined {
  if (!answersWithClass(findObjective(objective)) || split.size === 0) return undefined;
  const all = Array.from({ length: split.size }, (_, index) => index);
  return (split.answers?.(all) ?? split.batch(all)).targets;
}

/** Examples of a split as a choice reads them. */
export const sideOf = (split: Split, indices: readonly number[], gradients?: Matrix): SelectionSide => ({
  size: indices.length,
  tokens: () =>
    indices.map((index) => {
      const { inputs, sequence, lengths } = split.batch([index]);
      const rows = Array.from(lengths, (length, row) => [...inputs.subarray(row * sequence, row * sequence + length)]);
      return Int32Array.from(rows.flat());
    }),
  ...(gradients && { gradients }),
});

interface PassInput {
  trial: TrialModel;
  model: LoadedBase;
  data: TaskData;
  options: TrainOptions;
  turn: Turn;
  signal: AbortSignal | undefined;
}

/**
 * Gradients of the loss of each example by what is trained, projected: every scalar is added with a random sign to a random one of the
 * directions (a count sketch; Weinberger et al. 2009, arXiv 0902.2206), which keeps inner products in expectation. One gradient of one tensor is on the
 * device at a time.
 *
 * @returns `[examples, directions]`; undefined where the signal was aborted
 */
export async function projectedGradients(
  split: Split,
  indices: readonly number[],
  directions: number,
  { trial, model, data, options, turn, signal, random }: PassInput & { random: Random },
): Promise<Matrix | undefined> {
  const objective = objectiveOf(data.objective);
  const access = { ...trial.access(), ...(options.checkpointing === 'block' && { again: runAgain }) };
  const places = placesOf(trial, directions, random);
  const rows: Float64Array[] = [];
  for (const index of indices) {
    await turn.pass();
    if (signal?.aborted) return undefined;
    const batch = split.batch([index]);
    const row = new Float64Array(directions);
    const loss = await visitGradients(
      trial.trained(),
      () => objective.loss(model.config, batch, access, Math.max(1, objective.count(batch))),
      async (path, gradient) => addSketch(row, places.get(path)!, (await gradient.data()) as Float32Array),
    );
    loss.dispose();
    rows.push(row);
  }
  return new Matrix(rows.map((row) => Array.from(row)));
}

/** Where each scalar of each trained tensor is added: `2 · direction + 1` where its sign turns, else `2 · direction`. */
function placesOf(trial: TrialModel, directions: number, random: Random): Map<string, Uint16Array> {
  return new Map(
    [...trial.trained()].map(([path, { shape }]) => {
      const stream = random.fork(`directions/${path}`);
      return [path, Uint16Array.from({ length: sizeOf(shape) }, () => stream.integer(2 * directions))];
    }),
  );
}

function addSketch(row: Float64Array, places: Uint16Array, gradient: Float32Array): void {
  for (let at = 0; at < gradient.length; at++) {
    const place = places[at]!;
    row[place >> 1]! += place & 1 ? -gradient[at]! : gradient[at]!;
  }
}

/** The state that a choice leaves. */
export function stateOf(
  { choose, distance }: SelectPart<unknown>,
  input: SelectionInput<unknown>,
  { candidates, passes }: { candidates: readonly number[]; passes: number },
): RecipeState {
  const chosen = [...choose(input)].sort((a, b) => a - b);
  return {
    chosen: Float32Array.from(chosen, (at) => candidates[at]!),
    ...(passes > 0 && { passes: Float32Array.of(passes) }),
    ...(distance && { distance: Float32Array.of(distance(input, chosen)) }),
  };
}

/** The choice, its make-up, and its cost. */
export function selectionReport(state: RecipeState, { train, objective }: TaskData): RecipeReport {
  const examples = chosenIn(state);
  if (!examples) return {};
  const classes = classesOf(train, objective);
  const kinds: Record<string, ArrayLike<string | number>> = { ...train.fields, ...(classes && { class: classes }) };
  const shares = Object.fromEntries(
    Object.entries(kinds).map(([name, values]) => [name, sharesOf(examples.map((index) => String(values[index])))]),
  );
  return {
    selection: { examples, of: train.size, shares },
    ...(state.passes && { selectionGradients: state.passes[0]! }),
    ...(state.distance && { transportCost: state.distance[0]! }),
  };
}

function sharesOf(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).map(([value, count]) => [value, count / values.length]));
}
