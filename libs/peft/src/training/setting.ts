/** @file The input of a training, parsed, and refused where it cannot be done. Nothing is on the device yet. */
import { type ParameterInfo, settled } from '../method.js';
import { writtenApart } from '../models/apart.js';
import { inBaseDtype } from '../models/packed-base.js';
import { trainedConfig } from '../models/pruning.js';
import { ofRun } from '../parts/gradient/head-rate.js';
import { type Followed, followed } from '../recipes/recipe.js';
import { createRandom, type Random } from '../tensor/random.js';
import type { TrainEvent } from './events.js';
import { headOf } from './loss.js';
import { type TrainOptions, trainOptionsSchema } from './options.js';
import { saidInitial } from './origin.js';
import type { Initial, PlanOptions } from './plan-options.js';
import { planTraining } from './refusals/refusal.js';
import { startIdentity } from './start.js';
import { noticesOf } from './suits.js';
import { type Teacher, teacherIdentity, teacherPlan } from './teacher.js';
import type { TrainInput } from './train-input.js';
import { type Turn, undisturbed } from './turns.js';

export interface Setting
  extends Omit<TrainInput, 'options' | 'initial' | 'teacher' | 'turn' | 'recipe' | 'recipeConfig' | 'onEvent'> {
  options: TrainOptions;
  initial: Initial;
  /** The weights of `initial` are in the model already. */
  drawn?: true;
  /** The teacher that the method learns from; one that it leaves alone is not here. */
  teacher: Teacher | undefined;
  turn: Turn;
  /** The recipe that training follows. */
  recipe: Followed | undefined;
  /** The trial's stream; what is drawn before the first step comes from forks of it, and first values where it starts from no adapter. */
  random: Random;
  /** The stream of the steps: the same, unless the training has a label of its own. */
  stepRandom: Random;
  /** Outputs of the head that is trained, where there is one. */
  head: Pick<PlanOptions, 'classes'>;
  plan: PlanOptions;
  /** Facts that the optimizer may know of every trained tensor. */
  info: readonly ParameterInfo[];
  /** Names what a checkpoint may go on with. */
  identity: string;
  emit(event: TrainEvent): Promise<void>;
}

/**
 * @throws ZodError if `config` or `options` are not valid
 * @throws Error as `planTraining`
 */
export async function settle(input: TrainInput): Promise<Setting> {
  const { method, data, start, initial = 'base', turn = undisturbed, draws, onEvent } = input;
  const options = trainOptionsSchema.parse(input.options);
  const optimizer = ofRun(input.optimizer, options);
  const config = settled(method, method.config.parse(input.config), options.steps);
  const teacher = method.outputPenalty?.against.includes('teacher') ? input.teacher : undefined;
  const head = headOf(data);
  const recipe = input.recipe && followed(input.recipe, input.recipeConfig);
  const plan = {
    ...(teacher && { teacher: teacherPlan(teacher) }),
    starts: start !== undefined,
    initial,
    model: trainedConfig(input.model.config, method, config),
    baseDtype: options.baseDtype,
    ...writtenApart(options),
    method,
    config,
    targets: options.targets,
    objective: data.objective,
    ...head,
    recipe,
  };
  const { unitRows } = data.train.searches ?? {};
  const { info } = planTraining({ ...options, ...plan, unitRows, optimizer, engine: input.engine.name });
  const model = inBaseDtype(input.model, options.baseDtype);
  const identity = JSON.stringify({
    method: method.name,
    config,
    optimizer: optimizer.builtBy,
    options,
    ...head,
    ...startIdentity(start),
    ...teacherIdentity(teacher),
    ...(recipe && { recipe: recipe.recipe.name, recipeConfig: recipe.config }),
    ...saidInitial(initial),
    ...(draws === undefined ? {} : { draws }),
  });
  const random = createRandom(options.seed);
  const stepRandom = draws === undefined ? random : random.fork(draws);
  const emit = async (event: TrainEvent) => onEvent?.(event);
  for (const notice of noticesOf(optimizer, plan, options)) await emit({ type: 'notice', step: 0, ...notice });
  const drawn = { random, stepRandom };
  return {
    ...input,
    model,
    options,
    optimizer,
    config,
    initial,
    teacher,
    turn,
    recipe,
    ...drawn,
    head,
    plan,
    info,
    identity,
    emit,
  };
}
