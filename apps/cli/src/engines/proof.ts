/** @file An engine proves itself: the same short training on wasm and on it. */
import { execa } from 'execa';
import { z } from 'zod';
import { CommandError, exitCode } from '../exit-codes.js';
import { programs } from '../local/paths.js';

/** Output of the worker's program engine-proof. */
const Proof = z.object({
  device: z.string(),
  losses: z.array(z.number()).min(1),
  predictedBytes: z.number(),
  measuredBytes: z.number(),
  stepMs: z.number(),
});
type Proof = z.infer<typeof Proof>;

export interface Verdict {
  device: string;
  /** Largest relative difference between the losses of a step. */
  lossDifference: number;
  predictedBytes: number;
  measuredBytes: number;
  /** Median time of a step. */
  stepMs: number;
  wasmStepMs: number;
}

/** A share of the prediction: a few scalars of a step are not predicted. */
const byteTolerance = 1e-3;

/** Losses of a dozen steps in float32 differ by rounding alone, which is far below this. */
const lossTolerance = 1e-3;

/**
 * Trains on the engine and on wasm, each in a process of its own.
 *
 * @throws CommandError when a training fails, losses differ, or the bytes are not those predicted
 */
export async function proveEngine(name: string, enginesFolder: string): Promise<Verdict> {
  const engine = await prove(name, enginesFolder);
  const wasm = await prove('wasm', enginesFolder);
  const verdict: Verdict = {
    device: engine.device,
    lossDifference: Math.max(
      ...wasm.losses.map((loss, step) => Math.abs((engine.losses[step] ?? Number.NaN) - loss) / Math.abs(loss)),
    ),
    predictedBytes: engine.predictedBytes,
    measuredBytes: engine.measuredBytes,
    stepMs: engine.stepMs,
    wasmStepMs: wasm.stepMs,
  };
  const problem = problemOf(verdict);
  if (problem !== undefined) {
    throw new CommandError(`engine ${name} was made and is not sound: ${problem}`, exitCode.unsound);
  }
  return verdict;
}

/** Why an engine is not to be trusted; undefined where it is. */
export function problemOf({ lossDifference, predictedBytes, measuredBytes }: Verdict): string | undefined {
  // A difference that is no number is one too.
  if (!(lossDifference <= lossTolerance)) {
    return `its losses differ from those of wasm by ${lossDifference} of their size, and at most ${lossTolerance} is rounding`;
  }
  if (!(Math.abs(measuredBytes - predictedBytes) <= byteTolerance * predictedBytes)) {
    return `its training held ${measuredBytes} bytes at the peak, and ${predictedBytes} were predicted`;
  }
  return undefined;
}

async function prove(name: string, enginesFolder: string): Promise<Proof> {
  const ran = await execa(process.execPath, [programs.engineProof, name, enginesFolder], { reject: false });
  if (ran.exitCode === 0) return Proof.parse(JSON.parse(ran.stdout));
  const said = ran.stderr.trim().split('\n').slice(-12).join('\n');
  const message = `the training that proves engine ${name} failed (${ran.signal ?? `exit ${ran.exitCode}`}):\n${said}`;
  throw new CommandError(message, exitCode.unsound, { cause: ran });
}
