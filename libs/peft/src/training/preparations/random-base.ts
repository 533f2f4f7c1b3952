import { randomBase } from '../../models/base.js';
import type { Preparation } from './preparation.js';

/** Weights that the seed draws in the place of the base's own, which leave the device. */
export const drawnBase: Preparation = {
  prepare({ initial, drawn, options }, ground, { own }) {
    if (initial !== 'random' || drawn) return undefined;
    const model = randomBase(ground.model, options.seed);
    own(model);
    ground.model.dispose();
    return { ...ground, model };
  },
};
