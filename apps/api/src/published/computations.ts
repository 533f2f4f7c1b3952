/** @file Experiments of peft's method comparison, as they are read beside the API: a request may have 500. */
import { PeftExperimentSweeps, PeftExperiments } from '@rankforge/contracts';
import { Catalog } from '../catalog/catalog.js';
import { computation } from '../platform/computation.js';
import { invalid } from '../platform/http/problem.js';
import { bodyOf } from '../platform/http/validation.pipe.js';
import { sweepsOf } from './peft-experiments.js';

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
