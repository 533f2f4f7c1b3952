import type { TrialSpec } from '@rankforge/contracts';
import { findContender, isEvaluator } from '@rankforge/evaluators';
import { findStrategy } from '@rankforge/federated';
import { type BaseTokenizer, findOptimizer, findRecipe, type LoadedBase, numbersOf } from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';

/**
 * Numbers of one version are not to be kept under a key of another.
 *
 * @throws Error where the spec names other versions of the numbers of its parts than this worker computes
 */
export function requireNumbers(
  spec: TrialSpec,
  { task, model, tokenizer }: { task: Task; model: LoadedBase; tokenizer: BaseTokenizer },
): void {
  const contender = findContender(spec.method);
  const optimizer = findOptimizer(spec.optimizer);
  const recipe = spec.recipe === undefined ? undefined : findRecipe(spec.recipe);
  const strategy = spec.strategy === undefined ? undefined : findStrategy(spec.strategy);
  const config = contender.config.parse(spec.methodConfig);
  const { objective, outputs: classes } = task;
  const own = numbersOf({
    ...(isEvaluator(contender)
      ? { evaluated: { evaluator: contender, config, objective } }
      : {
          plan: {
            model: model.config,
            method: contender,
            config,
            targets: spec.training.targets,
            objective,
            starts: spec.from !== undefined,
            ...(classes && { classes }),
            ...(recipe && { recipe: { recipe, config: recipe.config.parse(spec.recipeConfig) } }),
          },
          optimizer: { optimizer, config: optimizer.config.parse(spec.optimizerConfig) },
        }),
    strategy: strategy && {
      strategy,
      config: strategy.config.parse(spec.strategyConfig),
      share: spec.federation!.participation.share,
    },
    segmenter: task.segmenter?.name,
    tokenizer: tokenizer.numbers,
  });
  const { numbers: asked = {} } = spec;
  const part = [...Object.keys(own), ...Object.keys(asked)].find((name) => own[name] !== asked[name]);
  if (part === undefined) return;
  throw new Error(
    `the trial is of version ${asked[part] ?? 1} of the numbers of its ${part}, and this worker computes version ${own[part] ?? 1}: ` +
      'clone its sweep, or run a worker of the version of Rankforge that created it',
  );
}
