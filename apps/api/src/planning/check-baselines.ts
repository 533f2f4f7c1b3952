import type { CreateSweep, FieldError } from '@rankforge/contracts';
import {
  bySpaces,
  candidateMetrics,
  findObjective,
  type Method,
  type Objective,
  objectives,
  trainsNothing,
  visibilityMetrics,
} from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';
import type { MethodAxes } from './expand.js';

interface Work {
  does: string;
  /** Whether an objective has units that it works on. */
  suits(objective: Objective): boolean;
}

/** The work of methods that train nothing, by their part. */
const works = {
  answerer: { does: 'answers questions from documents', suits: ({ examples }) => examples === 'grounded' },
  visibility: { does: 'audits recommendations', suits: ({ evaluated }) => evaluated === visibilityMetrics },
  summarizer: { does: 'summarizes documents', suits: ({ evaluated }) => evaluated === candidateMetrics },
} satisfies Partial<Record<keyof Method, Work>>;

const ordersRows = ({ ranker, readsWords }: Method): Work => ({
  does: 'orders the rows of queries',
  suits({ unit, examples }) {
    const isWordless = unit === 'user' || examples === 'features';
    return isWordless ? ranker !== undefined && !readsWords : unit === 'query';
  },
});

const workOf = (method: Method): Work => {
  const part = (Object.keys(works) as (keyof typeof works)[]).find((name) => method[name] !== undefined);
  return part === undefined ? ordersRows(method) : works[part];
};

/** Refuses methods that train nothing where there is nothing that they could score, or only trainings are compared. */
export function checkBaselines(
  { scheduler, protocol }: CreateSweep,
  task: Task,
  methods: readonly MethodAxes[],
  errors: FieldError[],
): void {
  for (const { index, method } of methods.filter((of) => trainsNothing(of.method))) {
    const add = (message: string) => errors.push({ path: `/methods/${index}/name`, message });
    const { does, suits } = workOf(method);
    if (!suits(findObjective(task.objective))) {
      const fitting = objectives.filter(suits).map(({ name }) => name);
      add(
        `${method.name} ${does}, and ${task.name} is for ${task.objective}: leave it out, or choose a task for ${fitting.join(' or ')}`,
      );
    }
    if (method.robustness && findObjective(task.objective).searches) {
      add(
        `${method.name} attacks one of the candidates of a query, and ${task.name} searches a corpus: choose a task whose queries have rows`,
      );
    }
    const unfit = method.robustness?.unfit?.(task.segmenter ?? bySpaces);
    if (unfit !== undefined) add(`${method.name}: ${unfit}`);
    const rules = scheduler ? `a scheduler (${scheduler.kind})` : protocol && `a ${protocol.kind} protocol`;
    if (rules) add(`${method.name} trains nothing, and ${rules} compares trainings: leave one of both out`);
  }
}
