/** @file What the form holds before anything is typed. */
import {
  type BaseView,
  defaultSearch,
  defaultSweepKind,
  type EngineName,
  type MethodList,
  type OfferedEngines,
  type TaskView,
} from '@rankforge/contracts';
import { emptyFederation } from './federation-values.js';
import { emptyTraining, newMethod, type SweepValues } from './form-values.js';
import { fromSearch } from './search-values.js';

/** Until the bytes of the form are predicted: a preview needs a budget. */
export const standInBudget: readonly string[] = ['512'];

export interface Catalog {
  methods: MethodList;
  tasks: TaskView[];
  bases: BaseView[];
  engines: OfferedEngines;
}

/** Of a page that is about one task, such as a data set: that task, and a base that reads it. */
export function startOf({ methods, tasks, bases, engines }: Catalog, task: string | undefined): SweepValues {
  const method = methods.methods.find(({ usesRank }) => usesRank) ?? methods.methods[0];
  const wanted = tasks.filter(({ name }) => name === task);
  const pair = firstPair(wanted.length > 0 ? wanted : tasks, bases);
  // A task that no base here reads is kept: the preview says what is missing.
  const kept = wanted.length > 0 && pair.task === '' ? { ...pair, task: wanted[0]!.name } : pair;
  return emptySweep({ ...kept, engine: engines.proposed, method: method?.name });
}

/** The first task that a base here can learn, and that base; texts before all else. */
export function firstPair(
  tasks: readonly Pick<TaskView, 'name' | 'reads' | 'writes'>[],
  bases: readonly Pick<BaseView, 'name' | 'input' | 'writes'>[],
): { task: string; base: string } {
  const pairs = tasks.flatMap(({ name: task, reads, writes }) => {
    const base = bases.find((candidate) => candidate.input.kind === reads && (candidate.writes || !writes));
    return base ? [{ task, base: base.name, reads }] : [];
  });
  const { task, base } = pairs.find(({ reads }) => reads === 'tokens') ?? pairs[0] ?? { task: '', base: '' };
  return { task, base };
}

export function emptySweep(start: {
  task: string;
  base: string;
  engine?: EngineName;
  method: string | undefined;
}): SweepValues {
  return {
    name: '',
    tags: [],
    note: '',
    kind: defaultSweepKind,
    initial: 'random',
    recoverySteps: ['0'],
    federation: emptyFederation,
    generator: '',
    on: '',
    chatTemplate: '',
    task: start.task,
    base: start.base,
    engine: start.engine ?? 'wasm',
    otherEngines: [],
    methods: start.method ? [newMethod(start.method)] : [],
    setAside: [],
    rank: ['4', '8'],
    memoryBudgetMiB: [...standInBudget],
    limits: [],
    learningRate: [],
    seed: ['0', '1', '2'],
    training: emptyTraining,
    ...fromSearch({ search: defaultSearch }),
    objective: '',
    priority: 50,
    trialTimeoutSeconds: 3600,
    retries: 2,
    reuse: true,
    skipLargerRanks: false,
  };
}
