/**
 * @file Atomic Feature Mimicking: factors that keep the outputs of a layer, or the rows of a table, around their mean, and a
 * shift that keeps the mean. Source: arXiv 2405.18146 and the authors' demo.
 */
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { defineMethod, type HostTensor, type InputMoments, type LayerShape } from '../method.js';
import { keptFields, keptRank } from '../parts/compression/kept.js';
import { keptFactors, readsInputs } from '../parts/compression/kept-factors.js';
import { covariance, secondMoment } from '../parts/compression/metric.js';
import { bestFactors } from '../parts/compression/two-factors.js';
import { calibrationBatches, inputsOf, rowsOf } from '../parts/init/calibrated.js';
import { betweenNames, twoFactors } from '../parts/weight/two-factors.js';

const config = z.strictObject({
  ...keptFields,
  between: z
    .enum(betweenNames)
    .default('none')
    .describe(
      'What stands between the two factors of a linear layer: nothing, or ReLU, with which it is no kernel any more',
    ),
  calibrationBatches: calibrationBatches(8),
});
type Config = z.infer<typeof config>;

/** Without a bias there is nothing that could hold the mean of the outputs. */
const shifts = ({ bias, table }: LayerShape): boolean => bias || table === true;

/** `mean·kernel`, of a table the mean of the rows that are read. */
const meanOutput = ({ mean }: InputMoments, kernel: Matrix): Matrix => Matrix.rowVector(Array.from(mean)).mmul(kernel);

const vector = (row: Matrix): HostTensor => ({ shape: [row.columns], values: Float32Array.from(row.getRow(0)) });

export const afm = defineMethod({
  ...keptFactors,
  ...readsInputs,
  name: 'afm',
  title: 'Atomic Feature Mimicking',
  paper: {
    title: 'Unified Low-rank Compression Framework for Click-through Rate Prediction',
    arxiv: '2405.18146',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason:
      'Layers and tables are those of the paper, with ReLU between the factors on request. The second factor of a table is not folded into the layer after it, which is another one here. A layer without a bias keeps its outputs with their mean',
  },
  paperClaims: [
    {
      text: '3 to 5 times smaller and faster than the whole model, with a higher AUC',
      source: 'arXiv 2405.18146, abstract',
      untold: 'A board of compressions has no row of the model as it was',
    },
  ],
  summary: 'Replaces each kernel or table by the principal components of its outputs, and keeps their mean.',
  parameterFormula: 'k·(in + out) + shifted',
  symbols: (layer, config) => {
    const k = keptRank(layer, config);
    const inner = config.between === 'relu' && layer.bias ? k : 0;
    return { k, shifted: (shifts(layer) ? layer.out : 0) + inner };
  },
  config,
  weight: twoFactors<Config>({ rank: keptRank, shifts, between: ({ between }) => between }),
  init: bestFactors<Config>({
    rank: keptRank,
    // The outputs of a layer vary around their mean by its inputs, and those of a table by its rows.
    matrix: ({ shape, kernel, calibration }) =>
      shape.table ? centred(kernel, meanOutput(inputsOf(calibration), kernel)) : kernel,
    metric: ({ shape, calibration }) =>
      shape.bias ? covariance(rowsOf(calibration)) : secondMoment(inputsOf(calibration)),
    besides({ shape, kernel, bias, config, calibration }, { a, b }): Record<string, HostTensor> {
      if (!shifts(shape)) return {};
      const mean = meanOutput(inputsOf(calibration), kernel);
      if (shape.table) return { factor_shift: vector(mean) };
      // The part of the mean that the factors miss; with ReLU between them the bias goes through as well.
      const missed = Matrix.sub(mean, meanOutput(inputsOf(calibration), a.mmul(b)));
      if (config.between === 'none') return { factor_shift: vector(missed) };
      const inner = throughFirst(bias!, b);
      return { factor_shift: vector(missed.sub(inner.mmul(b))), factor_bias: vector(inner) };
    },
  }),
});

const centred = (kernel: Matrix, mean: Matrix): Matrix => kernel.clone().subRowVector(mean.getRow(0));

/** `b·U` in the scale of the first factor: with `B = Uᵀ` and its rows scaled, `b·Bᵀ` over the squares of their lengths. */
function throughFirst(bias: ArrayLike<number>, b: Matrix): Matrix {
  const inner = Matrix.rowVector(Array.from(bias)).mmul(b.transpose());
  for (let k = 0; k < b.rows; k++) {
    const square = b.getRow(k).reduce((sum, value) => sum + value ** 2, 0);
    inner.set(0, k, square === 0 ? 0 : inner.get(0, k) / square);
  }
  return inner;
}
