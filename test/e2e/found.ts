/** @file A collection whose queries are words, and sweeps about it, that tests of evaluations share. */
import type { CreateSweepInput, SweepDetail } from '@rankforge/contracts';
import { expect } from 'vitest';
import { collectionOf, lettersOf } from '../../libs/tasks/test/support/collection.js';
import { waitFor } from '../support/index.js';
import { spec, syllables, uploadTo } from './animals.js';
import { type ApiUnderTest, sweep } from './api-client.js';

/** A query is a word. A short text and two long ones have it: BM25 finds the short one first, and only a long one is relevant. */
export async function addFound(api: ApiUnderTest, name = 'found', objective: 'ranking' | 'retrieval' = 'ranking') {
  const words = lettersOf(30);
  const filler = (at: number) => `${syllables[(at * 4) % 15]} ${syllables[(at * 11) % 15]}`;
  const archive = collectionOf(words, (word, at) => [
    `right ${word} ${filler(at)} ${syllables[at % 15]}`,
    `${word} ${words[(at + 1) % 30]}`,
  ]);
  const request = spec(name, { format: 'beir', mapping: { objective } });
  const { status, body } = await uploadTo(api, '/v1/datasets', request, archive, `${name}.zip`);
  expect(status, JSON.stringify(body)).toBe(201);
}

/** Submits a sweep and waits for its end. @returns its id */
export async function completed(api: ApiUnderTest, request: CreateSweepInput): Promise<string> {
  const { id } = (await api.post('/v1/sweeps', request).expect(201)).body as SweepDetail;
  await untilCompleted(api, id);
  return id;
}

export async function untilCompleted(api: ApiUnderTest, sweepId: string): Promise<void> {
  const done = async () => (await api.get(`/v1/sweeps/${sweepId}`)).body.state === 'COMPLETED';
  await waitFor('the sweep to complete', done);
}

/** An evaluation on the collection. */
export const evaluation = (api: ApiUnderTest, more: Partial<CreateSweepInput> = {}) =>
  sweep(api.base, {
    kind: 'evaluate',
    task: 'dataset:found',
    methods: [{ name: 'bm25' }],
    learningRate: undefined,
    training: { sequenceLength: 32 },
    seed: [0],
    ...more,
  });
