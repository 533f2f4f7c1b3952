import type { Planned, StepWork, TrialSpec } from '@rankforge/contracts';
import { evaluatorNames } from '@rankforge/evaluators';
import { findStrategy } from '@rankforge/federated';
import {
  type Followed,
  findRecipe,
  type ModelConfig,
  methods,
  optimizers,
  type PredictInput,
  predictProducts,
  trainedByPlace,
} from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';
import { plannedFederation } from './federations.js';
import { nothingForecast } from './forecast.js';
import { trialInput } from './trial-input.js';

/** The products that a step of a trial computes, from its shapes; undefined where nobody says them. */
export function stepWork(spec: TrialSpec, model: ModelConfig, task: Task): StepWork | undefined {
  if (evaluatorNames.includes(spec.method)) return nothingForecast.planned().work;
  // Without a step there is none to speak of.
  if (spec.training.steps === 0) return undefined;
  return ofShapes(spec, model, task, (input) => {
    const multiplyAdds = predictProducts(input);
    return multiplyAdds && { multiplyAdds };
  });
}

/** Facts that limits are held against, of a trial that has reported nothing; undefined where nobody says them. */
export function plannedOf(spec: TrialSpec, model: ModelConfig, task: Task): Planned | undefined {
  if (evaluatorNames.includes(spec.method)) return nothingForecast.planned();
  const trained = ofShapes(spec, model, task, trainedByPlace);
  const work = spec.training.steps === 0 ? { multiplyAdds: { forward: 0, backward: 0 } } : stepWork(spec, model, task);
  const federation = ofShapes(spec, model, task, ({ method, config, targets }) => {
    if (!spec.federation || spec.strategy === undefined) return undefined;
    const { federation, strategyConfig = {} } = spec;
    const federated = { federation, strategy: findStrategy(spec.strategy), strategyConfig };
    const planned = plannedFederation(federated, { model, method, config, targets }, task);
    return 'reason' in planned ? undefined : planned;
  });
  return trained && { work, trained, ...(federation && { federation }) };
}

function ofShapes<T>(
  spec: TrialSpec,
  model: ModelConfig,
  task: Task,
  say: (input: PredictInput) => T | undefined,
): T | undefined {
  const method = methods.find(({ name }) => name === spec.method);
  const optimizer = optimizers.find(({ name }) => name === spec.optimizer);
  const { training } = spec;
  // The kernels of the model of another trial may be held otherwise.
  if (!method || !optimizer || spec.on) return undefined;
  try {
    const {
      clipNorm: _,
      normEvery: __,
      headLearningRate: ___,
      ...input
    } = trialInput({
      engine: spec.engine,
      model,
      task,
      training,
      method,
      methodConfig: spec.methodConfig,
      recipe: followed(spec),
      // Nobody says the products of a method that learns from one.
      teacher: undefined,
      starts: spec.from !== undefined,
      initial: spec.initial,
    });
    return say({ ...input, optimizer: optimizer.build(optimizer.config.parse(spec.optimizerConfig)) });
  } catch {
    // A trial of an earlier version, or on a base that was replaced since, may not be one that this version plans.
    return undefined;
  }
}

/** @throws UnknownNameError, ZodError where this version does not know the recipe or its configuration */
function followed({ recipe: name, recipeConfig }: TrialSpec): Followed | undefined {
  if (name === undefined) return undefined;
  const recipe = findRecipe(name);
  return { recipe, config: recipe.config.parse(recipeConfig) };
}
