/** @file Numbers of the authors' own classes, which scripts in `official/` write from clones of their repositories. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { findMethod, findOptimizer } from '../src/registry.js';
import { tf } from '../src/tensor/tf.js';
import { expectClose } from './support/close.js';
import { drawn } from './support/draws.js';
import { initialized, OneLayer } from './support/one-layer.js';
import { openedEngine } from './support/opened-engine.js';
import { OptimizerRun } from './support/optimizer-run.js';
import { expectSchedule } from './support/schedule.js';
import type { MethodCase, OptimizerCase, ScheduleCase } from './support/vectors.js';

/** What ran where: everything that is needed to run it again. */
interface Origin {
  repository: string;
  commit: string;
  file: string;
  called: string;
}

interface OfficialVector {
  official: Origin;
  /** One of the two, by its name in the registry. */
  method?: string;
  optimizer?: string;
  cases: (MethodCase | OptimizerCase)[];
  /** Of a method's rank part. */
  schedules?: ScheduleCase[];
}

const folder = new URL('official/', import.meta.url);
const names = (place: string, ending: string) =>
  readdirSync(new URL(place, folder))
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length));
const vectors = names('vectors/', '.json').map((name) => ({
  name,
  vector: JSON.parse(readFileSync(new URL(`vectors/${name}.json`, folder), 'utf8')) as OfficialVector,
}));
const casesOf = <Case>(kind: 'method' | 'optimizer') =>
  vectors.flatMap(({ name, vector }) => {
    const owner = vector[kind];
    if (owner === undefined) return [];
    const label = (index: number) => `${name} #${index}, ${vector.official.repository}`;
    return vector.cases.map((testCase, index) => ({ label: label(index), owner, testCase: testCase as Case }));
  });
const schedules = vectors.flatMap(({ name, vector: { method, schedules = [], official } }) =>
  schedules.map((testCase, index) => ({
    label: `${name} #${index}, ${official.repository}`,
    owner: method!,
    testCase,
  })),
);
/** Some of these classes compute in float32. */
const tolerance = 2e-5;

it('has for every vector the script that made it, with repository, commit, file and call', () => {
  for (const { name, vector } of vectors) {
    expect(names('', '.py'), name).toContain(name);
    expect(vector.official, name).toEqual({
      repository: expect.stringMatching(/^[\w-]+\/[\w-]+$/),
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
      file: expect.stringMatching(/\.py$/),
      called: expect.stringMatching(/\w/),
    });
    const script = readFileSync(new URL(`${name}.py`, folder), 'utf8');
    expect(script, name).toContain(vector.official.commit);
  }
});

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  openedEngine(backend);
  const read = (compute: () => Tensor2D) => {
    const tensor = tf.tidy(compute);
    const values = tensor.dataSync() as Float32Array;
    tensor.dispose();
    return values;
  };

  it.each(casesOf<OptimizerCase>('optimizer'))('moves parameters as $label', async (each) => {
    const { build, config } = findOptimizer(each.owner);
    const run = new OptimizerRun(build(config.parse(each.testCase.config)), each.testCase);
    for (const { values } of each.testCase.steps) {
      await run.step();
      for (const [path, expected] of Object.entries(values)) {
        expectClose(run.values(path), expected, tolerance, `${path} after step ${run.done}`);
      }
    }
    run.dispose();
  });

  it.each(schedules)('does between steps what $label does', ({ owner, testCase }) =>
    expectSchedule(findMethod(owner), testCase, tolerance),
  );

  describe.each(casesOf<MethodCase>('method'))('$label', ({ owner, testCase }) => {
    const method = findMethod(owner);
    const inputs = () => tf.tensor2d(testCase.inputs as number[][]);
    const expectGradients = (
      layer: OneLayer,
      expected: Pick<MethodCase, 'gradients' | 'inputGradient'>,
      what: string,
    ) => {
      const { inputs: ofInput, ...gradients } = layer.gradients();
      expect(Object.keys(gradients).sort()).toEqual(Object.keys(expected.gradients).sort());
      for (const [tensor, gradient] of Object.entries(gradients)) {
        const values = gradient.dataSync() as Float32Array;
        expectClose(values, expected.gradients[tensor]!, tolerance, `gradient of ${tensor} ${what}`);
      }
      expectClose(ofInput!.dataSync() as Float32Array, expected.inputGradient, tolerance, `input gradient ${what}`);
      tf.dispose([ofInput!, ...Object.values(gradients)]);
    };

    it('has its first values, and what they leave of the kernel', () => {
      const first = initialized(method, testCase, 1);
      for (const [tensor, values] of Object.entries(testCase.initial)) {
        expectClose(first.tensors[tensor]!.values, values, tolerance, `first value of ${tensor}`);
      }
      expectClose(first.kernel, testCase.frozenKernel, tolerance, 'frozen kernel');
    });

    it('gives its output, kernel and gradients', () => {
      const layer = new OneLayer(method, testCase);
      expectClose(
        read(() => layer.forward(inputs())),
        testCase.output,
        tolerance,
        'output',
      );
      expectClose(
        read(() => layer.merged().kernel.clone()),
        testCase.kernel!,
        tolerance,
        'kernel',
      );
      expectGradients(layer, testCase, 'in evaluation');
      layer.dispose();
    });

    const { training } = testCase;
    if (!training) return;
    it('gives in training what it gives with the same draws', () => {
      const layer = new OneLayer(method, testCase);
      for (const pass of training) {
        layer.streams = drawn(pass.draws);
        const what = `with ${JSON.stringify(pass.draws)}`;
        expectClose(
          read(() => layer.forward(inputs())),
          pass.output,
          tolerance,
          `output ${what}`,
        );
        expectGradients(layer, pass, what);
      }
      layer.dispose();
    });
  });
});
