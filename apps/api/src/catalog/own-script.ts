/** @file What stands for task and base of a script: their names are the request's, and what they are is the script's own. */
import { createHash } from 'node:crypto';
import type { Base } from '@rankforge/bases';
import { type AskedMetric, runMetric } from '@rankforge/contracts';
import { linearLayers, objectives, presetConfig } from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';

/** A shape that plans take; nothing is predicted of it. */
const config = presetConfig('nano', 512);
const layers = linearLayers(config);
/** Test scores come one for each example. */
const objective = objectives.find(({ unit }) => unit === 'example')!;

/** A base by the name that a request gives it. */
export const baseOfScript = (name: string): Base => ({
  name,
  config,
  layers,
  provenance: {},
  sha256: createHash('sha256').update(`command ${name}`).digest('hex'),
});

/** A task by its name, scored by one metric. */
export function taskOfScript(name: string, asked: Pick<AskedMetric, 'name' | 'direction'>): Task {
  const metric = runMetric(asked)!;
  return {
    name,
    title: name,
    description: 'What a script reads.',
    objective: objective.name as Task['objective'],
    primaryMetric: metric,
    metrics: [metric],
    source: { package: 'a script of its own', version: '', licence: '' },
    dataHash: createHash('sha256').update(`${name} by ${metric.name} to ${metric.direction}`).digest('hex'),
    defaults: { steps: 1, batchSize: 1, sequenceLength: 8 },
    load: () => Promise.reject(new Error(`${name} is read by its script`)),
  };
}
