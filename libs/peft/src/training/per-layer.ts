/**
 * @file A step whose updates are made in the backward pass: the optimizer gets each gradient as soon as it is complete, and
 * it is freed before the next is made. Never more of the gradients is held than one operation makes, which is one layer's.
 * Numbers are to the bit those of a step that updates after the pass.
 * Source: the per-layer weight updates of arXiv 2403.03507, section 4.3, after arXiv 2306.09782.
 */
import { visitGradients } from '../engine/autograd.js';
import { freedOnFailure } from '../engine/meter.js';
import { updated } from './between.js';
import { squaredNorm } from './clip.js';
import { DivergedError } from './diverged.js';
import { optimizerInput, type StepOutput } from './step.js';
import type { StepInput } from './step-input.js';

/**
 * Makes a step as `trainStep` does, for a trial that the rules of refusals/per-layer.ts let through.
 *
 * @throws DivergedError before the parameter is updated whose gradient is not finite; those after it in the model are by then
 */
export const stepByParameter = (input: StepInput): Promise<StepOutput> => freedOnFailure(() => oneStep(input));

async function oneStep(input: StepInput): Promise<StepOutput> {
  const { trial, model, objective, optimizer, step, pass } = input;
  const batch = input.batches[0]!;
  const info = new Map(trial.info.map((parameter) => [parameter.path, parameter]));
  const squares = new Map<string, number>();
  let state = input.state.optimizer;
  let loss: number | undefined;

  const access = trial.access(pass);
  const scalar = await visitGradients(
    trial.trained(),
    () => objective.loss(model, batch, access, objective.count(batch)),
    async (path, gradient, value) => {
      loss ??= (await value.data())[0]!;
      const squared = squaredNorm(gradient);
      const [square] = await squared.data();
      squared.dispose();
      squares.set(path, square!);
      if (!Number.isFinite(loss + square!)) {
        throw new DivergedError(step, `loss ${loss}, norm of the gradient of ${path} ${Math.sqrt(square!)}`);
      }
      const parameter = trial.trained().get(path)!;
      const result = await optimizer.update({
        ...optimizerInput(input),
        gradients: new Map([[path, gradient]]),
        parameters: new Map([[path, parameter]]),
        info: [info.get(path)!],
        state,
      });
      state = result.state;
      trial.replace(path, updated(parameter, result.updates.get(path)!, undefined));
    },
  );
  scalar.dispose();
  const gradientNorm = normOf(trial.info.map(({ path }) => squares.get(path)!));
  if (!Number.isFinite(gradientNorm)) throw new DivergedError(step, `loss ${loss!}, gradient norm ${gradientNorm}`);
  return { loss: loss!, gradientNorm, ranks: undefined, state: { ...input.state, optimizer: state } };
}

/** From the squares of parts; added up in float32, as on the device. */
const normOf = (squares: readonly number[]): number =>
  Math.sqrt(squares.reduce((total, square) => Math.fround(total + square)));
