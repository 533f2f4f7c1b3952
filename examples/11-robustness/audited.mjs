#!/usr/bin/env node
/**
 * Writes the sweep that audits a model which was trained to recommend here: `node examples/11-robustness/audited.mjs TRIAL > audited.json`. TRIAL is
 * the id of a finished training of the sweep `recommender.json`.
 */
import { withTrainedVictim } from '../support/trained-victim.mjs';

const sweep = withTrainedVictim(new URL('visibility.json', import.meta.url), {
  program: 'examples/11-robustness/audited.mjs',
  of: 'recommender.json',
  name: 'Audit a model that was trained to recommend',
});
console.log(JSON.stringify(sweep, null, 2));
