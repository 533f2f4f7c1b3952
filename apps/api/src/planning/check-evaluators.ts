import type { CreateSweep, FieldError } from '@rankforge/contracts';
import { type EvaluatorPart, isEvaluator, type PartKind } from '@rankforge/evaluators';
import {
  bySpaces,
  candidateMetrics,
  findObjective,
  type Objective,
  objectives,
  visibilityMetrics,
} from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';
import type { MethodAxes } from './expand.js';

interface Work {
  does: string;
  /** Whether an objective has units that it works on. */
  suits(objective: Objective): boolean;
}

/** Only baselines that read no words order the rows of users, or of features. */
const ordersRows = (part: EvaluatorPart): Work => ({
  does: 'orders the rows of queries',
  suits({ unit, examples }) {
    const isWordless = unit === 'user' || examples === 'features';
    return isWordless ? part.kind === 'ranker' && !part.readsWords : unit === 'query';
  },
});

/** The work of evaluators by the part that they fill. */
const works: Record<PartKind, (part: EvaluatorPart) => Work> = {
  ranker: ordersRows,
  reranker: ordersRows,
  robustness: ordersRows,
  answerer: () => ({ does: 'answers questions from documents', suits: ({ examples }) => examples === 'grounded' }),
  visibility: () => ({
    does: 'audits recommendations',
    suits: ({ evaluated }) => evaluated === visibilityMetrics,
  }),
  summarizer: () => ({ does: 'summarizes documents', suits: ({ evaluated }) => evaluated === candidateMetrics }),
};

/** Refuses evaluators where there is nothing that they could score, or only trainings are compared. */
export function checkEvaluators(
  { scheduler, protocol }: CreateSweep,
  task: Task,
  methods: readonly MethodAxes[],
  errors: FieldError[],
): void {
  for (const { index, method } of methods) {
    if (!isEvaluator(method)) continue;
    const add = (message: string) => errors.push({ path: `/methods/${index}/name`, message });
    const { part } = method;
    const { does, suits } = works[part.kind](part);
    if (!suits(findObjective(task.objective))) {
      const fitting = objectives.filter(suits).map(({ name }) => name);
      add(
        `${method.name} ${does}, and ${task.name} is for ${task.objective}: leave it out, or choose a task for ${fitting.join(' or ')}`,
      );
    }
    if (part.kind === 'robustness' && findObjective(task.objective).searches) {
      add(
        `${method.name} attacks one of the candidates of a query, and ${task.name} searches a corpus: choose a task whose queries have rows`,
      );
    }
    const unfit = part.kind === 'robustness' ? part.unfit?.(task.segmenter ?? bySpaces) : undefined;
    if (unfit !== undefined) add(`${method.name}: ${unfit}`);
    const rules = scheduler ? `a scheduler (${scheduler.kind})` : protocol && `a ${protocol.kind} protocol`;
    if (rules) add(`${method.name} trains nothing, and ${rules} compares trainings: leave one of both out`);
  }
}
