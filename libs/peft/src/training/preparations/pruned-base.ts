import { pruneBase } from '../../models/pruning.js';
import { recoverAdapter } from '../recover.js';
import type { Preparation } from './preparation.js';

/** A base without some of its heads and units, in the place of the whole one, which leaves the device: that is what it is for. */
export const prunedBase: Preparation = {
  prepare({ method, config }, ground, { own, first: { random } }) {
    if (!method.pruning) return undefined;
    const { model, kept } = pruneBase(ground.model, { part: method.pruning, config, random });
    own(model);
    ground.model.dispose();
    const whole = ground.model.config;
    return { ...ground, model, recover: (adapter) => recoverAdapter(adapter, { method, model: whole, kept }) };
  },
};
