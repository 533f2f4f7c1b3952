/** @file Refuses a training whose files are too large to be stored, before its first step. */
import { sizeOf } from '../tensor/shape.js';
import type { TrainOptions } from './options.js';
import type { StepState } from './step-input.js';
import type { TrialModel } from './trial.js';

/** Bytes that Node.js hashes, or reads of a file, at once: `Hash.update` and `readFile` refuse more. */
const fileBytesAtMost = 2 ** 31 - 1;

/** Floats and whole numbers take as much in a file. */
const bytesOf = (tensors: readonly { shape: readonly number[] }[]) =>
  4 * tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

/**
 * Requires that the adapter of a trial, and its checkpoints where some are due, can be stored and read back.
 *
 * @throws RangeError naming the file, its bytes, the limit and the way out
 */
export function requireWritable(
  trial: Pick<TrialModel, 'trained' | 'frozen' | 'first' | 'reference' | 'fixed'>,
  state: StepState,
  { steps, checkpointEvery }: Pick<TrainOptions, 'steps' | 'checkpointEvery'>,
): void {
  const held = [trial.trained(), trial.frozen(), trial.first()].flatMap((tensors) => [...tensors.values()]);
  const before = [...trial.reference().values()];
  const way = 'train fewer weights';
  requireBytes('The adapter', bytesOf([...held, ...(trial.fixed ? before : [])]), way);
  if (checkpointEvery === undefined || checkpointEvery >= steps) return;
  const states = [state.optimizer, state.rank].flatMap((part) => Object.values(part));
  requireBytes(
    'A checkpoint',
    bytesOf([...held, ...before, ...states]),
    `set checkpointEvery to the ${steps} steps to go without, or ${way}`,
  );
}

function requireBytes(what: string, bytes: number, advice: string): void {
  if (bytes <= fileBytesAtMost) return;
  throw new RangeError(
    `${what} of this training takes ${bytes} bytes, and a file of it may have ${fileBytesAtMost}, which Node.js hashes and reads at once: ${advice}`,
  );
}
