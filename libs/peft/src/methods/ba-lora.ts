/**
 * @file BA-LoRA: PiSSA with three penalties on the model's outputs against what it inherits from the base: they stay
 * near the base's outputs, they stay diverse, and a few singular values carry them. Source: arXiv 2408.04556 and its
 * code, which has one form of the penalties for classes and one for tokens.
 */
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { defineMethod, type OutputKind } from '../method.js';
import { principal } from '../parts/init/principal.js';
import { logSoftmax } from '../parts/penalty/distribution.js';
import { lowRank } from '../parts/weight/low-rank.js';
import { leadingBasis } from '../tensor/linalg.js';

const weight = z.number().min(0);
const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Number of principal components that are trained'),
  alpha: z
    .number()
    .positive()
    .optional()
    .describe('The product is multiplied by alpha / rank. Default: the rank, as in the authors’ scripts'),
  consistency: weight.default(1e-4).describe('Weight of the distance to the outputs of the base'),
  diversity: weight.default(3e-4).describe('Weight of the covariance of classes, or of negative entropy of tokens'),
  concentration: weight.default(1e-4).describe('Weight of the share of the largest singular values of the outputs'),
  components: z.int().min(1).default(3).describe('Number of singular values whose share is to be large'),
  rows: z.int().min(2).default(32).describe('Tokens of a batch whose outputs the penalties look at'),
});
type Config = z.infer<typeof config>;

const scale = ({ rank, alpha = rank }: Config) => alpha / rank;

/** A penalty and its gradient with respect to the logits. */
interface Term {
  value: number;
  gradient: Matrix;
}

/** Consistency and diversity as the code has them for classes, and for tokens. */
const forms: Record<OutputKind, { consistency(z: Matrix, base: Matrix): Term; diversity(z: Matrix): Term }> = {
  classes: { consistency: directionDistance, diversity: decorrelation },
  tokens: { consistency: divergence, diversity: negativeEntropy },
};

/** Mean squared difference of logits that are scaled to length 1, row by row. */
function directionDistance(z: Matrix, base: Matrix): Term {
  const [unit, other] = [unitRows(z), unitRows(base)];
  const difference = Matrix.sub(unit, other);
  const size = z.rows * z.columns;
  const value = Matrix.mul(difference, difference).sum() / size;
  const slope = Matrix.mul(difference, 2 / size);
  const gradient = new Matrix(z.rows, z.columns);
  for (let row = 0; row < z.rows; row++) {
    const length = Math.max(norm(z.getRow(row)), tinyLength);
    const along = dot(unit.getRow(row), slope.getRow(row));
    gradient.setRow(
      row,
      slope.getRow(row).map((entry, column) => (entry - along * unit.get(row, column)) / length),
    );
  }
  return { value, gradient };
}

/** Squared covariances of different classes over the examples, over the number of classes. */
function decorrelation(z: Matrix): Term {
  if (z.rows < 2) return { value: 0, gradient: Matrix.zeros(z.rows, z.columns) };
  const centred = z.clone().center('column');
  const covariance = centred
    .transpose()
    .mmul(centred)
    .div(z.rows - 1);
  for (let index = 0; index < z.columns; index++) covariance.set(index, index, 0);
  return {
    value: Matrix.mul(covariance, covariance).sum() / z.columns,
    gradient: centred.mmul(covariance).mul(4 / ((z.rows - 1) * z.columns)),
  };
}

/** KL divergence of the distributions of the base from those of the model, mean over rows. */
function divergence(z: Matrix, base: Matrix): Term {
  const [p, q] = [logSoftmax(z), logSoftmax(base)];
  const target = Matrix.exp(q);
  return {
    value: Matrix.mul(target, Matrix.sub(q, p)).sum() / z.rows,
    gradient: Matrix.exp(p).sub(target).div(z.rows),
  };
}

/** `Σ p·log(p + 1e-10)`, mean over rows. */
function negativeEntropy(z: Matrix): Term {
  const p = Matrix.exp(logSoftmax(z));
  const gradient = new Matrix(z.rows, z.columns);
  let value = 0;
  for (let row = 0; row < z.rows; row++) {
    const own = p.getRow(row);
    value += own.reduce((sum, share) => sum + share * Math.log(share + tiny), 0) / z.rows;
    const slopes = own.map((share) => Math.log(share + tiny) + share / (share + tiny));
    const mean = dot(own, slopes);
    gradient.setRow(
      row,
      own.map((share, column) => (share * (slopes[column]! - mean)) / z.rows),
    );
  }
  return { value, gradient };
}

/** `−Σ_{i≤k} σ_i / Σ σ_i` of the logits `[rows, outputs]`. The gradient of a singular value is `u·vᵀ`. */
function leadingShare(z: Matrix, k: number): Term {
  if (z.rows > z.columns) {
    const { value, gradient } = leadingShare(z.transpose(), k);
    return { value, gradient: gradient.transpose() };
  }
  const left = leadingBasis(z, z.rows);
  const projected = left.transpose().mmul(z);
  const values = Array.from({ length: z.rows }, (_, index) => norm(projected.getRow(index)));
  const all = values.reduce((sum, value) => sum + value, 0) + tiny;
  const top = values.slice(0, k).reduce((sum, value) => sum + value, 0);
  values.forEach((value, index) => {
    const slope = ((index < k ? 1 : 0) * all - top) / all ** 2;
    // A singular value of zero has no direction.
    projected.mulRow(index, value > 1e-7 * values[0]! ? -slope / value : 0);
  });
  return { value: -top / all, gradient: left.mmul(projected) };
}

const tiny = 1e-10;
const tinyLength = 1e-12;
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, index) => sum + value * b[index]!, 0);
const norm = (row: readonly number[]) => Math.sqrt(dot(row, row));

function unitRows(z: Matrix): Matrix {
  const unit = z.clone();
  for (let row = 0; row < z.rows; row++) unit.mulRow(row, 1 / Math.max(norm(z.getRow(row)), tinyLength));
  return unit;
}

export const baLora = defineMethod({
  name: 'ba-lora',
  title: 'BA-LoRA',
  paper: {
    title:
      'BA-LoRA: Bias-Alleviating Low-Rank Adaptation to Mitigate Catastrophic Inheritance in Large Language Models',
    arxiv: '2408.04556',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason: "The penalties follow the authors' code; the paper's results were not checked",
  },
  paperClaims: [
    {
      text: 'Beats LoRA on LLaMA, Mistral and Gemma, in understanding and generation',
      source: 'arXiv 2408.04556, abstract',
      compare: { method: 'lora', measure: 'score' },
    },
  ],
  summary: 'PiSSA with penalties that keep the outputs near those of the base, diverse, and carried by few components.',
  parameterFormula: 'r·(in + out)',
  memoryFormula: '4·trained + rows·(in + r) + r·out + 1',
  config,
  usesRank: true,
  maxRank: (layer) => Math.min(layer.in, layer.out),
  requires: ({ outputs }) =>
    outputs === 1 ? 'outputs over classes or tokens, whose distribution it penalizes; here a row has none' : undefined,
  startsAtBase: true,
  weight: lowRank(scale),
  init: principal(scale),
  outputPenalty: {
    rows: ({ rows }) => rows,
    against: ['reference'],
    evaluate({ logits, others, kind, config }) {
      const { consistency, diversity } = forms[kind];
      const terms: [number, Term][] = [
        [config.consistency, consistency(logits, others.reference!)],
        [config.diversity, diversity(logits)],
        [config.concentration, leadingShare(logits, config.components)],
      ];
      return {
        value: terms.reduce((sum, [factor, { value }]) => sum + factor * value, 0),
        gradient: terms
          .map(([factor, { gradient }]) => gradient.mul(factor))
          .reduce((sum, gradient) => sum.add(gradient)),
      };
    },
  },
  learningRates: [1e-4, 3e-4, 1e-3],
});
