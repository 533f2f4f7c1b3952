/** @file Whether the runner of torch trains on each device what wasm trains. */
import { join } from 'node:path';
import { measureRunner, unsoundRunner } from '@rankforge/cli';
import { environmentOn } from '@rankforge/worker';
import type { Subject } from './machine.js';
import type { Findings } from './report.js';

export async function torch({ runner, folder, devices }: Subject): Promise<Findings> {
  if (!runner) throw new Error('the engine torch was not added');
  const problems: string[] = [];
  const rows: string[][] = [];
  // One after another: they would share the cores.
  for (const { id, name, uuid } of devices) {
    const env = environmentOn(uuid === undefined ? { kind: 'host' } : { kind: 'cuda', uuid });
    try {
      const { proof } = await measureRunner(join(folder, 'torch', 'src'), runner.python, { card: uuid, env });
      const problem = unsoundRunner(proof);
      if (problem !== undefined) problems.push(`${id}: ${problem}`);
      const differences = [proof.firstLossDifference, proof.lossDifference, proof.scoreDifference];
      rows.push([
        `${id} (${name})`,
        ...differences.map((value) => value.toExponential(1)),
        ...[proof.stepMs, proof.wasmStepMs].map((value) => value.toFixed(1)),
      ]);
    } catch (error) {
      problems.push(`${id}: ${(error as Error).message}`);
    }
  }
  return {
    problems,
    table: [['device', 'first loss off by', 'losses off by', 'score off by', 'step ms', 'on wasm ms'], ...rows],
    notes: [
      `LoRA on a small encoder, 12 steps in float32, by ${runner.releases.join(', ')}; differences are those from wasm, of its size.`,
      'Sweeps on torch compute on the cores: a card takes part in this check alone.',
    ],
  };
}
