/** @file Results and experiments of others, as they are read beside the API: a body may hold a MiB of them. */
import { FlowerTable, PeftExperimentSweeps, PeftExperiments, PeftResult, PublishedResult } from '@rankforge/contracts';
import { Catalog } from '../catalog/catalog.js';
import { computation } from '../platform/computation.js';
import { invalid } from '../platform/http/problem.js';
import { bodyOf } from '../platform/http/validation.pipe.js';
import { sweepsOf } from './peft-experiments.js';
import { PublishedService, type Publisher } from './published.service.js';

export const experimentsComputation = computation({
  name: 'experiments',
  lane: 'short',
  words: { thing: 'experiments of the request', done: 'read' },
  advice: 'send fewer experiments at once',
  by: Catalog,
  schema: PeftExperimentSweeps,
  async run(catalog, body: unknown) {
    const request = bodyOf(PeftExperiments, body);
    await catalog.refreshBases();
    const base = catalog.base(request.base);
    if (!base) throw invalid([{ path: '/base', message: catalog.missingBase(request.base) }]);
    return sweepsOf(request, base.config);
  },
});

interface Published {
  body: unknown;
  by: Publisher;
}

const publishing = {
  lane: 'short',
  words: { thing: 'result', done: 'kept' },
  advice: 'send a smaller file',
  by: PublishedService,
  schema: PublishedResult,
  facts: ({ id, name }: PublishedResult) => ({ id, name }),
} as const;

export const publishComputation = computation({
  ...publishing,
  name: 'publish',
  run: (published, { body, by }: Published) => published.add(bodyOf(PeftResult, body), by),
});

export const publishTableComputation = computation({
  ...publishing,
  name: 'publish-table',
  run: (published, { body, by }: Published) => published.addTable(bodyOf(FlowerTable, body), by),
});
