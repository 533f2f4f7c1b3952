/** @file Metrics of whether something happens: `prediction` is a logit, `label` 1 where it happened, else 0. */
import * as curve from './auc.js';
import { type Metric, meanOf } from './metric.js';

export const auc: Metric = {
  name: 'auc',
  direction: 'maximize',
  scale: 'mean',
  range: [0, 1],
  parts: ({ prediction, label }) => curve.auc(prediction!, label!),
};

export const logLoss: Metric = meanOf('loss', { name: 'logLoss', direction: 'minimize', range: [0, null] });
