/**
 * @file MUSCLE: a LoRA of an updated base that is trained to keep right what the model before the update had right. It
 * starts from the LoRA of the task on the new base (v2) and learns, output by output, from the model before (v1, the
 * teacher) where it is wrong, and from v2 as it was where it is right. Source: arXiv 2407.09435, section 4.
 */
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { lora as loraForm } from '../export/lora.js';
import { defineMethod } from '../method.js';
import { zeroUpdate } from '../parts/init/low-rank.js';
import { divergenceFrom, logSoftmax, predictions } from '../parts/penalty/distribution.js';
import { lowRank } from '../parts/weight/low-rank.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank r of the update'),
  alpha: z
    .number()
    .positive()
    .default(16)
    .describe('The update is multiplied by alpha / rank; twice the rank of 8, as the paper has 256 at rank 128'),
  temperature: z.number().positive().default(1).describe('Logits are divided by this before they are compared'),
  wrong: z
    .enum(['now', 'before training'])
    .default('now')
    .describe('Whose errors choose the old model as teacher: those of the model now, or as it was before training'),
  crossEntropy: z
    .number()
    .min(0)
    .default(0)
    .describe('Weight of the loss on the labels, for large changes of the base'),
  rows: z.int().min(1).default(1024).describe('Most tokens of a batch whose outputs are compared'),
});
type Config = z.infer<typeof config>;

export const muscle = defineMethod({
  name: 'muscle',
  title: 'MUSCLE',
  paper: { title: 'MUSCLE: A Model Update Strategy for Compatible LLM Evolution', arxiv: '2407.09435', year: 2024 },
  evidence: {
    level: 'partial',
    reason:
      "From the paper's text; its code was not to be had. Whether errors of the model in training or of the new task model choose the teacher is read in two ways: `wrong` has both",
  },
  paperClaims: [
    {
      text: 'HellaSwag, LLaMA 1 to 2: 40.6 % fewer negative flips',
      source: 'arXiv 2407.09435',
      untold: 'Flips are a column of a board, and its contenders are compared by score, parameters and memory',
    },
  ],
  summary: 'LoRA on an updated base that learns from the model before the update where it would now go wrong.',
  parameterFormula: 'r·(in + out)',
  memoryFormula: '4·trained + rows·(in + r) + r·out + 1',
  config,
  usesRank: true,
  requires({ outputs, teacher, start }) {
    if (outputs === 1) return 'outputs over classes or tokens, whose distribution it learns; here a row has none';
    if (!teacher) return { field: 'teacher', needs: 'the model before the update' };
    return start ? undefined : { field: 'from', needs: 'the adapter of the task on the new base model' };
  },
  startsFrom: { method: 'lora', fields: ['rank', 'alpha'] },
  startsAtBase: true,
  weight: lowRank<Config>(({ alpha, rank }) => alpha / rank),
  init: zeroUpdate(),
  outputPenalty: {
    rows: ({ rows }) => rows,
    against: ['reference', 'teacher'],
    taskWeight: ({ crossEntropy }) => crossEntropy,
    evaluate({ logits, others: { reference, teacher }, targets, config }) {
      const { temperature, wrong } = config;
      const predicted = predictions(wrong === 'now' ? logits : reference!);
      const old = Matrix.exp(logSoftmax(teacher!, temperature));
      const target = Matrix.exp(logSoftmax(reference!, temperature));
      predicted.forEach((prediction, row) => {
        if (prediction !== targets[row]) target.setRow(row, old.getRow(row));
      });
      return divergenceFrom(target, logits, temperature);
    },
  },
  peft: loraForm(),
  learningRates: [3e-4, 1e-3, 3e-3],
});
