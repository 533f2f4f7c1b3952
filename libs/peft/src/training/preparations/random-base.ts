import { drawnBaseOf } from '../origin.js';
import type { Preparation } from './preparation.js';

/** Weights that the seed draws in the place of the base's own, which leave the device. */
export const drawnBase: Preparation = {
  prepare({ initial, drawn, options }, ground, { own }) {
    const model = drawn ? undefined : drawnBaseOf(ground.model, { initial, seed: options.seed });
    if (!model) return undefined;
    own(model);
    ground.model.dispose();
    return { ...ground, model };
  },
};
