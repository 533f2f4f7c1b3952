import { calibrate } from '../calibrate.js';
import { largerPeak, type Preparation } from './preparation.js';

/** The pass over training batches that first values are made of. What goes on from stored values has no first ones. */
export const calibration: Preparation = {
  async prepare(setting, ground, { resume }) {
    if (resume || setting.start) return ground;
    const { calibrations, model: given } = setting;
    const { model } = ground;
    // The passes of a base that was drawn or pruned here are not those of its name.
    const kept = model === given ? calibrations : undefined;
    const calibrated = await calibrate({ ...setting, model, kept });
    if (!calibrated) return ground;
    const { peak } = calibrated;
    if (calibrated.outcome === 'stopped') return { ...ground, peak, stopped: true };
    const { layers, reused, seconds } = calibrated;
    return { ...ground, layers, peak: largerPeak(ground.peak, peak), reusedSeconds: reused ? seconds : 0 };
  },
};
