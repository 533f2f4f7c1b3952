/** @file Objectives against their oracles (test/oracle/objectives): loss, gradient, the scores of units, and metrics. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { differentiate, disposeGradients } from '../src/engine/autograd.js';
import type { ModelAccess } from '../src/models/forward.js';
import type { LossGraph } from '../src/objectives/loss-graph.js';
import type { Objective } from '../src/objectives/objective.js';
import { findObjective, type ObjectiveName, objectives } from '../src/objectives/registry.js';
import { tensorLossGraph } from '../src/objectives/tensors.js';
import { tf } from '../src/tensor/tf.js';
import { RelevantPlaces } from '../src/training/kept-places.js';
import { metricParts, summarize } from '../src/training/metrics.js';
import { expectClose } from './support/close.js';
import { openedEngine } from './support/opened-engine.js';
import { tinyConfig } from './support/tiny-model.js';

interface Case {
  name: string;
  outputs: number[][];
  values: number[];
  groups?: number[];
  lost?: number[];
  targets?: number[];
  excluded?: number[];
  /** What units are scored by, where it is not the outputs that the loss reads. */
  searched?: { read: number[]; values: number[]; groups: number[]; lost?: number[] };
  unit?: { mean: number; deviation: number };
  loss: number;
  gradient: number[][];
  /** Mean recall down to each rank from 1. */
  recall?: number[];
  columns: Record<string, number[]>;
  metrics?: Record<string, { value: number; influences: number[] }>;
}

const folder = new URL('vectors/objectives/', import.meta.url);
const vectors = readdirSync(folder).map((file) => ({
  name: file.slice(0, -'.json'.length) as ObjectiveName,
  cases: (JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as { cases: Case[] }).cases,
}));

/** Names of the operations that a loss is written in. */
function operations({ loss }: Objective): string[] {
  const names: string[] = [];
  const graph = new Proxy({}, { get: (_, name) => () => names.push(String(name)) });
  loss(graph as LossGraph<unknown>, undefined);
  return names;
}

it('has a vector for every objective whose loss is made of several operations; single ones have vectors of their own', () => {
  const made = objectives.filter((objective) => operations(objective).length > 1);
  expect(vectors.map(({ name }) => name).sort()).toEqual(made.map(({ name }) => name).sort());
});

it('has the recall by rank that ir-measures gives of retrieval alone', () => {
  const held = vectors.filter(({ cases }) => cases.some(({ recall }) => recall && recall.length > 0));
  expect(held.map(({ name }) => name)).toEqual(['retrieval']);
});

const plain = partOf<ModelAccess>({ tensor: () => expect.unreachable('a loss of outputs reads no parameter') });

describe.each(vectors)('$name', ({ name, cases }) => {
  const on = openedEngine('wasm');
  const objective = findObjective(name);

  it.each(cases)('has the loss and the gradient of $name', async (testCase) => {
    const batch = batchOf(testCase);
    const outputs = tf.tensor2d(testCase.outputs);
    const graph = tensorLossGraph(tinyConfig, batch, plain, objective.count(batch));
    const { value, gradients } = differentiate(new Map([['outputs', outputs]]), () =>
      scalar(objective.loss(graph, outputs)),
    );
    expectClose([value.dataSync()[0]!], [testCase.loss], on.engine.tolerance, 'loss');
    expectClose(
      Array.from(gradients.get('outputs')!.dataSync()),
      testCase.gradient.flat(),
      on.engine.tolerance,
      'gradient',
    );
    disposeGradients(gradients);
    tf.dispose([value, outputs]);
  });

  it.each(cases)('scores every unit and has the metrics of $name', ({ unit, metrics = {}, searched, ...testCase }) => {
    const read = Float32Array.from(searched?.read ?? testCase.outputs.flat());
    const columns = objective.score(read, batchOf(searched ?? testCase), { ...(unit && { unit }) });
    expect(Object.keys(columns).sort()).toEqual(Object.keys(testCase.columns).sort());
    for (const [column, expected] of Object.entries(testCase.columns)) {
      expectClose(columns[column]!, expected, 1e-6, column);
    }
    if (testCase.recall) {
      const places = new RelevantPlaces();
      places.add(objective.places!(read, batchOf(searched ?? testCase)));
      expectClose(places.kept().recall!, testCase.recall, 1e-6, 'recall by rank');
    }
    const parts = metricParts({ objective: name, columns });
    expect(Object.keys(parts)).toEqual(objective.metrics.map((metric) => metric.name));
    for (const [metric, { value, examples }] of Object.entries(parts)) {
      expect(summarize({ objective: name, columns })[metric]).toBe(value);
      const expected = metrics[metric] ?? { value: mean(testCase.columns[metric]!), influences: undefined };
      expect(value).toBeCloseTo(expected.value, 6);
      expect(mean(Array.from(examples))).toBeCloseTo(value, 9);
      expected.influences?.forEach((influence, at) => {
        expect(examples[at]! - value, `${metric} of unit ${at}`).toBeCloseTo(influence, 4);
      });
    }
  });
});

/** A loss is a scalar, whatever the type of the graph's values says. */
const scalar = (loss: Tensor) => loss as Scalar;

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function batchOf({
  values,
  groups,
  lost,
  targets = [],
  excluded,
}: Pick<Case, 'values' | 'groups' | 'lost' | 'targets' | 'excluded'>) {
  const size = values.length || groups!.reduce((sum, rows) => sum + rows, 0);
  return {
    size,
    sequence: 1,
    inputs: new Int32Array(size),
    lengths: new Int32Array(size).fill(1),
    targets: Int32Array.from(targets),
    values: Float32Array.from(values),
    ...(groups && { groups: Int32Array.from(groups) }),
    ...(lost && { lost: Uint8Array.from(lost) }),
    ...(excluded && { excluded: Uint8Array.from(excluded) }),
  };
}
