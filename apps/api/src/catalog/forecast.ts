import {
  baseOfGenerator,
  bytesOfGenerator,
  type EngineName,
  engineRecord,
  type MemoryByPart,
  type Planned,
  type PlannedFederation,
  type TrialGenerator,
} from '@rankforge/contracts';
import {
  type Evaluator,
  encodedWords,
  examinationOf,
  mostTriggerWords,
  partOf,
  predictRecommender,
  predictVictim,
  procedureOf,
} from '@rankforge/evaluators';
import { predictFederated, sendsNothing } from '@rankforge/federated';
import {
  askedTextsOf,
  bySpaces,
  estimate,
  type Followed,
  largerHeld,
  type ModelConfig,
  neverFired,
  nothingHeld,
  type Optimizer,
  type PlanOptions,
  type PredictInput,
  predictContinuing,
  predictEncoding,
  predictPacked,
  predictProducts,
  standingNotices,
  sumOfHeld,
  tokensOfWord,
  trainedByPlace,
  vectorsOf,
  weighing,
} from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';
import { type Federated, plannedFederation } from './federations.js';
import { type PredictedTrial, trialInput } from './trial-input.js';

/** The bytes that a training would hold at its peak, and how many scalars it would train; nothing is run. */
export interface Forecast {
  memory: MemoryByPart;
  /** Bytes of the engine at its peak: a generator that is no model of the engine holds its own beside them. */
  engineBytes: number;
  trainableParameters: number;
  /** Tells people which tensors the optimizer leaves alone, and which options are of no use to it or to the method. */
  notice?: string;
  /** Actions that method and optimizer repeat after some steps and never come to in this run, for people. */
  neverFired: string[];
  /** Bytes and privacy, where it runs by rounds of clients. */
  federation?: PlannedFederation;
  /** Facts that limits are held against; asked for where a sweep has any. */
  planned(): Planned;
}

/** Forecast of what trains nothing and reads no model. */
export const nothingForecast: Forecast = {
  memory: nothingHeld,
  engineBytes: 0,
  trainableParameters: 0,
  neverFired: [],
  planned: () => ({
    work: { multiplyAdds: { forward: 0, backward: 0 } },
    trained: { adapters: 0, base: 0 },
    calls: 0,
    questions: 0,
  }),
};

interface UntrainedInput {
  engine: EngineName;
  /** The base, where it is asked. */
  model: ModelConfig | undefined;
  /** The adapter that is on it while it writes. */
  adapter: Omit<PlanOptions, 'model'> | undefined;
  /** Bytes of a generator that is no model of the engine. */
  outside: number;
  task: Task;
  evaluator: Evaluator;
  config: Record<string, unknown>;
}

/** A sweep whose trials may ask a finished training. */
interface AskingInput extends UntrainedInput {
  /** The base of the sweep, for whose tokens the data is made. */
  base: ModelConfig;
  sequence: number;
  /** The training that is asked; absent: none is. */
  victim: PlanOptions | undefined;
}

const readByVictim = ({ engine, task, sequence, base }: AskingInput) => {
  const head = task.outputs === undefined ? {} : { classes: task.outputs };
  return { engine, objective: task.objective, sequence, of: { model: base, ...head } };
};

/** Forecast of an evaluator: the calls of a procedure, and what a base holds that it asks, or a training that judges. */
export function forecastEvaluator(input: AskingInput): Forecast | ForecastRefusal {
  const { engine, model, adapter, outside, task, evaluator, config, victim } = input;
  const asks = procedureOf(evaluator);
  if (!asks) return nothingForecast;
  const judge = victim && predictVictim(victim, readByVictim(input));
  if (judge && 'reason' in judge) return { field: 'teacher', reason: judge.reason, of: 'training' };
  const words = asks.generates(config) ? asks.words(config) : 0;
  const encoded = encodedWords(evaluator, config);
  const held = model
    ? [
        ...(words > 0 ? [predictContinuing(model, { engine, tokens: tokensOfWord * words }, adapter)] : []),
        ...(encoded > 0 ? [predictEncoding(model, { engine, tokens: tokensOfWord * encoded })] : []),
      ]
    : [];
  // An adapter may have weights of its own where the base is to encode: both are held.
  const asked = held.reduce<MemoryByPart>(adapter ? sumOfHeld : largerHeld, nothingHeld);
  const onEngine = judge ? sumOfHeld(asked, judge) : asked;
  return {
    ...nothingForecast,
    memory: sumOfHeld(onEngine, weighing(outside)),
    engineBytes: onEngine.total,
    planned: () => ({
      ...nothingForecast.planned(),
      ...((model || judge) && { work: undefined }),
      calls: callsOfUnit(evaluator, task, config),
    }),
  };
}

/** Forecast of an examination: its questions and calls, and what the examined model holds, and a base that it asks. */
export function forecastExamination(input: AskingInput): Forecast | ForecastRefusal {
  const { engine, model, adapter, outside, evaluator, config, victim } = input;
  const { questions, kind } = examinationOf(evaluator)!;
  const read = readByVictim(input);
  const examined = kind === 'visibility' ? predictRecommender(victim, read) : victim && predictVictim(victim, read);
  if (examined && 'reason' in examined) return { field: 'teacher', reason: examined.reason, of: 'training' };
  // A generator reads a trigger and one word more.
  const tokens = tokensOfWord * (mostTriggerWords + 1);
  const writer = model && predictContinuing(model, { engine, tokens }, adapter);
  const onEngine = [examined, writer].flatMap((each) => each ?? []).reduce<MemoryByPart>(sumOfHeld, nothingHeld);
  const memory = sumOfHeld(onEngine, weighing(outside));
  return {
    ...nothingForecast,
    memory,
    engineBytes: onEngine.total,
    planned: () => ({
      ...nothingForecast.planned(),
      ...(memory.total > 0 && { work: undefined }),
      calls: partOf(evaluator, 'robustness')?.calls(config) ?? 0,
      questions: questions(config),
    }),
  };
}

/** Most calls of a unit; undefined where calls follow from the documents, too, which nobody has read yet. */
function callsOfUnit({ part }: Evaluator, { unitRows }: Task, config: Record<string, unknown>): number | undefined {
  if (part.kind === 'answerer') {
    const asksBefore = part.callsBefore?.({ documents: ['document'], segmenter: bySpaces }, config) ?? 0;
    return asksBefore > 0 ? undefined : part.calls(config);
  }
  if (part.kind === 'summarizer') return part.calls(config);
  if (part.kind !== 'reranker') return 0;
  const depth = part.depth(config);
  const candidates = Math.min(depth, unitRows ?? depth);
  return candidates < 2 ? 0 : part.calls(candidates, config);
}

/** Why a training cannot be: the field to change, of a training or of a federation, and the reason. */
export interface ForecastRefusal {
  field: string;
  reason: string;
  of: 'training' | 'federation' | 'sweep';
}

/** @param input configurations as parsed by the schemas of method and optimizer */
export function forecast(
  input: Pick<PredictedTrial, 'engine' | 'model' | 'task' | 'training' | 'method' | 'methodConfig'> &
    Partial<Pick<PredictedTrial, 'recipe' | 'teacher' | 'starts' | 'initial'>> & {
      optimizer: Optimizer;
      optimizerConfig: Record<string, unknown>;
      /** The generator that the recipe asks, where it asks one. */
      generator?: AskedGenerator | undefined;
      /** How it runs by rounds of clients, where it does. */
      federated?: Federated | undefined;
    },
): Forecast | ForecastRefusal {
  const { task, training, method, methodConfig, optimizer, optimizerConfig, recipe, teacher, starts = false } = input;
  const trial = trialInput({ ...input, recipe, teacher, starts, initial: input.initial });
  const made = estimate({ ...trial, optimizer, optimizerConfig });
  if ('reason' in made) return { ...made, of: 'training' };
  const writing = whileWriting(input);
  if (writing && 'reason' in writing) return writing;
  const { federated } = input;
  const stepping = { optimizer: made.input.optimizer, execution: training.execution };
  const federation = federated && plannedFederation(federated, { ...trial, steps: stepping }, task);
  if (federation && 'reason' in federation) return { ...federation, of: 'federation' };
  const { steps } = training;
  const predicted = { ...made.input, steps };
  const named = { optimizer: optimizer.name, method: method.name };
  const notices = steps === 0 ? [] : standingNotices(predicted.optimizer, trial, training);
  // State of an optimizer ends with a round.
  const clocked = federated && !sendsNothing(federated.strategy) ? federated.federation.localSteps : steps;
  // A federation makes bases of its own, which a process that others train in has no room for.
  const memory = federated
    ? predictFederated({ ...predicted, ...federated })
    : { ...made.memory, ...(sharesProcess(input.engine) && { packed: predictPacked(predicted) }) };
  return {
    memory: writing ? largerHeld(memory, writing.memory) : memory,
    engineBytes: Math.max(memory.total, writing?.engineBytes ?? 0),
    trainableParameters: made.trainableParameters,
    ...(federation && { federation }),
    planned: () => ({
      work: workOf(predicted),
      trained: trainedByPlace(predicted),
      ...(federation && { federation }),
    }),
    neverFired: neverFired(clocked, [method, methodConfig], [optimizer, optimizerConfig]),
    ...(notices.length > 0 && { notice: notices.map(({ of, text }) => `${named[of]}: ${text}`).join('; ') }),
  };
}

/** Whether trials of an engine may run side by side in one process, on one copy of the base. */
const sharesProcess = (engine: EngineName): boolean => !engineRecord(engine).runner;

/** A generator as a forecast knows it. */
export interface AskedGenerator {
  spec: TrialGenerator;
  /** The adapter that is on the base while it writes. */
  held?: Omit<PlanOptions, 'model'> | undefined;
}

/** The most that is held while texts of a recipe are written, before the first step; undefined where none are. */
function whileWriting({
  engine,
  model,
  task,
  recipe,
  generator,
}: {
  engine: EngineName;
  model: ModelConfig;
  task: Pick<Task, 'fields'>;
  recipe?: Followed | undefined;
  generator?: AskedGenerator | undefined;
}): Pick<Forecast, 'memory' | 'engineBytes'> | ForecastRefusal | undefined {
  const writing = askedTextsOf(recipe);
  if (!writing) return undefined;
  if (!generator) {
    const reason = `${recipe!.recipe.name} asks a generator: set generator to one, or ${writing.otherwise}`;
    return { field: 'generator', reason, of: 'sweep' };
  }
  const [vectors, entities = 0] = [vectorsOf(model), ...(task.fields ?? [])];
  const unplaced = vectors === undefined ? undefined : writing.unplaced({ vectors, entities });
  if (unplaced !== undefined) return { field: 'recipeConfig', reason: unplaced, of: 'training' };
  if (baseOfGenerator(generator.spec) === undefined) {
    return { memory: weighing(bytesOfGenerator(generator.spec)), engineBytes: 0 };
  }
  const tokens = tokensOfWord * writing.words + writing.tokens;
  const memory = predictContinuing(model, { engine, tokens }, generator.held);
  return { memory, engineBytes: memory.total };
}

/** A training without a step computes none. */
function workOf(input: PredictInput & { steps: number }): Planned['work'] {
  const multiplyAdds = input.steps === 0 ? { forward: 0, backward: 0 } : predictProducts(input);
  return multiplyAdds && { multiplyAdds };
}
