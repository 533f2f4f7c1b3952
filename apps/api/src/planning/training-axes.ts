/** @file Axes of the training: every value of one makes a method compete once more. */
import { type CreateSweep, type TrainingOptions, trainingAxes, trainingAxisNames } from '@rankforge/contracts';
import { isEvaluator } from '@rankforge/evaluators';
import type { MethodAxes } from './expand.js';

/** Every method that trains with each combination of the values that it or the sweep lists. What is usual is said nowhere. */
export function withTrainingAxes(methods: readonly MethodAxes[], { training }: CreateSweep): MethodAxes[] {
  let made = [...methods];
  for (const name of trainingAxisNames) {
    const { usual } = trainingAxes[name];
    made = made.flatMap((of) =>
      [isEvaluator(of.method) ? usual : (of.entry[name] ?? training[name] ?? usual)]
        .flat()
        .map((value) => (value === usual ? of : { ...of, training: { ...of.training, [name]: value } })),
    );
  }
  return made;
}

/** The values that a training has, by axis. */
export const onTrainingAxes = (training: Partial<TrainingOptions>): Partial<TrainingOptions> =>
  Object.fromEntries(
    trainingAxisNames.flatMap((name) => (training[name] === undefined ? [] : [[name, training[name]]])),
  );

/** Options of a training without its axes. */
export function withoutTrainingAxes<T extends object>(training: T) {
  const axes = new Set<string>(trainingAxisNames);
  const kept = Object.entries(training).filter(([name]) => !axes.has(name));
  return Object.fromEntries(kept) as Omit<T, (typeof trainingAxisNames)[number]>;
}
