/** @file Time of one LoRA step by width: wasm, the cores, and a GPU, each in a process of its own. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { environmentOn } from '@rankforge/worker';
import type { Subject } from './machine.js';
import type { Findings } from './report.js';
import { type Shape, shapes } from './shapes.js';

const program = fileURLToPath(new URL('./step.js', import.meta.url));
/** Losses of a few steps in float32 differ by rounding alone. */
const lossTolerance = 1e-3;

/** What step.ts prints. */
interface Step {
  device: string;
  isAccelerator: boolean;
  stepMs: number;
  losses: number[];
}

export async function speed(subject: Subject): Promise<Findings> {
  const cores = environmentOn({ kind: 'host' });
  const ways = [
    { name: 'wasm, 1 core', engine: 'wasm', env: cores },
    { name: 'tensorflow, cores', engine: 'tensorflow', env: cores },
    ...(subject.kind === 'gpu' ? [{ name: 'tensorflow, GPU', engine: 'tensorflow', env: subject.environment }] : []),
  ];
  const problems: string[] = [];
  const rows: string[][] = [];
  for (const shape of shapes) {
    const steps: Step[] = [];
    for (const { name, engine, env } of ways) {
      const step = await measure({ engine, env, shape, folder: subject.folder });
      steps.push(step);
      if (name.endsWith('GPU') && !step.isAccelerator)
        problems.push(`${shape.name}: it was given a GPU and computed on ${step.device}`);
      const difference = largestDifference(steps[0]!.losses, step.losses);
      if (!(difference <= lossTolerance))
        problems.push(`${shape.name}, ${name}: losses differ from those of wasm by ${difference}`);
    }
    rows.push([shape.name, ...steps.map(({ stepMs }) => stepMs.toFixed(stepMs < 10 ? 2 : 0)), ratio(steps)]);
    console.log(`  ${rows.at(-1)!.join('  ')}`);
  }
  return {
    problems,
    table: [['model, batch', ...ways.map(({ name }) => `${name}, ms a step`), 'wasm / last'], ...rows],
    notes: ['LoRA of rank 8 by AdamW in float32 on random tokens; medians after the steps that prepare kernels.'],
  };
}

const ratio = (steps: readonly Step[]) => `${(steps[0]!.stepMs / steps.at(-1)!.stepMs).toFixed(1)}`;

const largestDifference = (expected: readonly number[], found: readonly number[]) =>
  Math.max(...expected.map((loss, step) => Math.abs((found[step] ?? Number.NaN) - loss) / Math.abs(loss)));

async function measure(of: { engine: string; env: NodeJS.ProcessEnv; shape: Shape; folder: string }): Promise<Step> {
  const args = [program, of.engine, of.folder, of.shape.name];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...of.env } });
  return JSON.parse(stdout) as Step;
}
