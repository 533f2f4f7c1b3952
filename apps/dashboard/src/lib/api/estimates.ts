/** @file What trainings would hold, by prediction. */
import { type CreateEstimateInput, Estimate } from '@rankforge/contracts';
import { request } from './client.js';

export function makeEstimate(asked: CreateEstimateInput, signal?: AbortSignal): Promise<Estimate> {
  return request(Estimate, '/estimate', { method: 'POST', body: asked, ...(signal ? { signal } : {}) });
}
