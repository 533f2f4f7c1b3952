#!/usr/bin/env node
/**
 * Writes the sweep that examines a ranker which was trained here: `node examples/11-robustness/trained.mjs TRIAL > trained.json`. TRIAL is the id
 * of a finished training of the sweep `ranker.json`.
 */
import { withTrainedVictim } from '../support/trained-victim.mjs';

const sweep = withTrainedVictim(new URL('sweep.json', import.meta.url), {
  program: 'examples/11-robustness/trained.mjs',
  of: 'ranker.json',
  name: 'Attack a trained ranker, and certify it',
});
// A smoothed score is the mean of as many passes of the model as there are samples.
for (const { name, config } of sweep.methods) {
  if (name === 'certdr') Object.assign(config, { samples: [50], queries: 20 });
}
console.log(JSON.stringify(sweep, null, 2));
