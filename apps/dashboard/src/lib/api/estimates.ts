/** @file What trainings would hold, by prediction. */
import { type CreateEstimateInput, type CreateFileEstimateInput, Estimate, FileEstimate } from '@rankforge/contracts';
import { request } from './client.js';

export function makeEstimate(asked: CreateEstimateInput, signal?: AbortSignal): Promise<Estimate> {
  return request(Estimate, '/estimate', { method: 'POST', body: asked, ...(signal ? { signal } : {}) });
}

export function makeFileEstimate(asked: CreateFileEstimateInput, signal?: AbortSignal): Promise<FileEstimate> {
  return request(FileEstimate, '/estimate/from', { method: 'POST', body: asked, ...(signal ? { signal } : {}) });
}
