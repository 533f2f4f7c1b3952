import type { EngineName, TrainingOptions } from '@rankforge/contracts';
import type { EstimateInput, Followed, Method, ModelConfig, PlanOptions } from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';

/** A trial as its predictions need it. */
export interface PredictedTrial {
  engine: EngineName;
  model: ModelConfig;
  task: Task;
  training: TrainingOptions;
  method: Method;
  /** Parsed by the method's schema. */
  methodConfig: Record<string, unknown>;
  /** The recipe that it follows, with its configuration, parsed. */
  recipe: Followed | undefined;
  /** The model that the method learns from. */
  teacher: PlanOptions | undefined;
  /** It starts from an adapter. */
  starts: boolean;
  initial: 'base' | 'random' | undefined;
}

type Fields = Omit<
  EstimateInput,
  | 'optimizer'
  | 'optimizerConfig'
  // Trials have numbers of four bytes, and are predicted for any device of their engine, before ranks are allocated.
  | 'bytesPerElement'
  | 'accelerator'
  | 'ranks'
>;

/** A field that is added to predictions and is missing here is refused by the compiler. */
type EveryField = { [Field in keyof Required<Fields>]: Fields[Field] | undefined };

/** The input of every prediction of a trial, but for its optimizer: what one of them is told the others are told as well. */
export function trialInput({ engine, model, task, training, method, methodConfig, ...of }: PredictedTrial): Fields {
  const input = {
    engine,
    model,
    method,
    config: methodConfig,
    targets: training.targets,
    objective: task.objective,
    classes: task.outputs,
    unitRows: task.unitRows,
    answerTokens: task.answerTokens,
    recipe: of.recipe,
    teacher: of.teacher,
    starts: of.starts,
    initial: of.initial === 'random' ? of.initial : undefined,
    batchSize: training.batchSize,
    sequence: training.sequenceLength,
    accumulate: training.accumulate,
    dropout: training.dropout,
    execution: training.execution,
    checkpointing: training.checkpointing,
    baseDtype: training.baseDtype,
    computeDtype: training.computeDtype,
    doubleQuantization: training.doubleQuantization,
    attention: training.attention,
    devices: training.devices,
    apartBlocks: training.apartBlocks,
    queryTokens: training.queryTokens,
    titleWithQuery: training.titleWithQuery,
    steps: training.steps,
    clipNorm: training.clipNorm,
    normEvery: training.normEvery,
    headLearningRate: training.headLearningRate,
  } satisfies EveryField;
  return input;
}
