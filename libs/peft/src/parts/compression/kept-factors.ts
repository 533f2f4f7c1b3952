/** @file The parts that compressors share which put two factors in the place of every kernel, as large as a ratio says, and train both. */
import type { CalibrationRequest, InputMoments, LayerShape, Method } from '../../method.js';
import { inputsOf } from '../init/calibrated.js';
import { twoFactors } from '../weight/two-factors.js';
import { type Kept, keptRank, notKept } from './kept.js';
import type { Metric } from './metric.js';
import { bestFactors } from './two-factors.js';

/** Fields of the record. A method that trains or holds more than the factors says so over them. */
export const keptFactors = {
  purposes: ['compress'],
  parameterFormula: 'k·(in + out)',
  memoryFormula: '4·trained + rows·(in + k)',
  symbols: (layer: LayerShape, config: Kept) => ({ k: keptRank(layer, config) }),
  usesRank: false,
  unfit: notKept,
  startsAtBase: false,
  weight: twoFactors<Kept>({ rank: keptRank }),
  learningRates: [1e-4, 3e-4, 1e-3],
} satisfies Partial<Method>;

/** How many batches the inputs of a layer are read from. */
export const readsInputs = {
  calibration: ({ calibrationBatches }: { calibrationBatches: number }): CalibrationRequest => ({
    statistic: 'inputs',
    batches: calibrationBatches,
  }),
};

/** First values that are best under a metric of the layer's inputs, which a calibration reads. */
export const bestOnInputs = <C extends Kept>(metric: (inputs: InputMoments, config: C) => Metric) => ({
  ...readsInputs,
  init: bestFactors<C>({
    rank: keptRank,
    metric: ({ calibration, config }) => metric(inputsOf(calibration), config),
  }),
});
