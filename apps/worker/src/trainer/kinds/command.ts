/** @file Runs the program of a sweep with a configuration, and keeps what it left. */
import { CommandResult } from '@rankforge/contracts';
import { runProgram } from '../command/program.js';
import { storeAdapter } from '../storing.js';
import type { Finished, ProgramRunner } from './kind.js';

export const command: ProgramRunner = {
  async runAlone(order, tools): Promise<Finished> {
    const started = performance.now();
    const ended = await runProgram(order, tools);
    if ('kind' in ended) return ended;
    const { result, peakBytes } = ended;
    const step = result.steps ?? order.spec.training.steps;
    const left = Buffer.from(JSON.stringify(result));
    const scores = await storeAdapter(tools, left, step, 'what the program left');
    if (!scores) return { kind: 'stopped' };
    const { trainableParameters } = result;
    return {
      kind: 'succeeded',
      step,
      measured: held(Math.max(peakBytes, result.peakBytes ?? 0)),
      scores,
      result: {
        validation: result.validation,
        ...(trainableParameters === undefined ? {} : { trainableParameters }),
        seconds: (performance.now() - started) / 1000,
      },
    };
  },
};

export const commandTest: ProgramRunner = {
  async runAlone(order, { store }): Promise<Finished> {
    const started = performance.now();
    const { test } = CommandResult.parse(JSON.parse((await store.read(order.adapter!.sha256)).toString('utf8')));
    if (Object.keys(test).length === 0)
      throw new Error('result.json has no test scores: write "test", by metric the score of each example');
    const mean = (scores: readonly number[]) => scores.reduce((sum, score) => sum + score, 0) / scores.length;
    return {
      kind: 'succeeded',
      step: order.adapter!.step,
      result: {
        test: Object.fromEntries(Object.entries(test).map(([name, scores]) => [name, mean(scores)])),
        seconds: (performance.now() - started) / 1000,
      },
      exampleScores: test,
    };
  },
};

/** Memory of processes is of no part in particular. */
const held = (bytes: number) => ({
  ...{ weights: 0, adapters: 0, gradients: 0, optimizer: 0, activations: 0 },
  workspace: bytes,
  total: bytes,
});
