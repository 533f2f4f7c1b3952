import type { Matrix } from 'ml-matrix';
import { subsetOf } from '../../data/subset.js';
import type { MemoryParts } from '../../engine/memory-parts.js';
import { writtenApart } from '../../models/apart.js';
import type { SelectPart } from '../../recipes/recipe.js';
import { inject } from '../inject.js';
import { openMeter } from '../measure.js';
import { chosenIn, projectedGradients, type Sides, sideOf, sidesOf, stateOf } from '../selection.js';
import type { Setting } from '../setting.js';
import { readStart, startOf } from '../start.js';
import { type Ground, largerPeak, type Preparation, type PreparationTools } from './preparation.js';

/** Chooses the examples that training reads, for a target. A checkpoint has which they are. */
export const chosenExamples: Preparation = {
  async prepare(setting, ground, tools) {
    const { recipe, options, random } = setting;
    const select = recipe?.recipe.select;
    if (!select || options.steps === 0) return undefined;
    const { data } = ground;
    const known = tools.resume && chosenIn(tools.resume.state.recipe ?? {});
    if (known) return { ...ground, data: { ...data, train: subsetOf(data.train, known) } };
    const { config } = recipe;
    const stream = random.fork('recipe');
    const sides = sidesOf(select, data, config, stream);
    const { candidates, targets, count } = sides;
    // All of them need no choice, and keep their order.
    if (count === data.train.size && select.settings(config).share !== undefined) {
      return { ...ground, recipe: { chosen: Float32Array.from(candidates) } };
    }
    const found = await gradientsFor(select, sides, setting, ground, tools);
    if (found.stopped) return { ...ground, ...peakBeside(ground, found), stopped: true };
    const input = {
      candidates: sideOf(data.train, candidates, found.gradients?.candidates),
      targets: sideOf(data.validation, targets, found.gradients?.targets),
      ...{ count, config, random: stream.fork('choice') },
    };
    const state = stateOf(select, input, { candidates, passes: found.passes });
    const train = subsetOf(data.train, chosenIn(state)!);
    return { ...ground, data: { ...data, train }, recipe: state, ...peakBeside(ground, found) };
  },
};

interface Found {
  gradients?: Record<'candidates' | 'targets', Matrix>;
  /** Examples whose loss was differentiated. */
  passes: number;
  peak?: MemoryParts;
  stopped?: true;
}

const peakBeside = (ground: Ground, { peak }: Found): Pick<Ground, 'peak'> =>
  peak ? { peak: largerPeak(ground.peak, peak) } : {};

/** Gradients of both sides by what the method trains, as it begins or after its warm-up; none where the recipe asks for none. */
async function gradientsFor(
  select: SelectPart<unknown>,
  { candidates, targets }: Sides,
  setting: Setting,
  { model, data, layers }: Ground,
  { fit, first }: PreparationTools,
): Promise<Found> {
  if (!select.directions) return { passes: 0 };
  const { engine, method, config, options, initial, random, head, turn, signal, start, recipe } = setting;
  const steps = select.warmup?.(recipe!.config) ?? 0;
  // The learning rate rises no longer than the warm-up is.
  const few = { ...options, steps, warmupSteps: Math.min(options.warmupSteps, steps - 1) };
  const warm =
    steps > 0 ? await fit({ model, method, config, data, initial, options: few, ...(start && { start }) }) : undefined;
  if (warm && !warm.adapter) return { peak: warm.peak, passes: 0, stopped: true };
  const origin = warm?.adapter ?? start;
  const stored = origin && readStart(origin, startOf(setting));
  const { targets: layersOf, attention, computeDtype } = options;
  const encoding = { attention, ...writtenApart(options) };
  const made = {
    base: model,
    method,
    config,
    targets: layersOf,
    ...encoding,
    computeDtype,
    random: first.random,
    ...head,
  };
  const trial = inject({ ...made, stored, calibration: layers });
  try {
    if (stored) trial.load(stored.tensors);
    const meter = openMeter(engine, trial, { turn });
    try {
      const directions = select.directions(recipe!.config, candidates.length + targets.length);
      const pass = { trial, model, data, options, turn, signal, random: random.fork('recipe/directions') };
      const own = await projectedGradients(data.train, candidates, directions, pass);
      const others = own && (await projectedGradients(data.validation, targets, directions, pass));
      const peak = warm ? largerPeak(warm.peak, meter.peak()) : meter.peak();
      if (!others) return { peak, passes: 0, stopped: true };
      const passes = candidates.length + targets.length + steps * options.batchSize * options.accumulate;
      return { gradients: { candidates: own, targets: others }, peak, passes };
    } finally {
      meter.close();
    }
  } finally {
    trial.dispose();
  }
}
