/** @file Estimates as they are made beside the API. */
import { type CreateEstimate, type CreateFileEstimate, Estimate, FileEstimate } from '@rankforge/contracts';
import { computation } from '../platform/computation.js';
import { EstimatesService } from './estimates.service.js';

export const estimateComputation = computation({
  name: 'estimate',
  lane: 'long',
  words: { thing: 'estimate', done: 'made' },
  advice: 'ask for fewer methods or ranks, or a smaller model',
  by: EstimatesService,
  schema: Estimate,
  run: (estimates, asked: CreateEstimate) => estimates.estimate(asked),
});

export const fileEstimateComputation = computation({
  name: 'estimate from a file',
  lane: 'long',
  words: { thing: 'estimate', done: 'made' },
  advice: 'ask about a smaller model',
  by: EstimatesService,
  schema: FileEstimate,
  run: (estimates, asked: CreateFileEstimate) => estimates.estimateFrom(asked),
});
