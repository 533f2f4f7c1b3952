/** @file Lists of the catalog that are made beside the API: they are long, and made anew only when they change. */
import { MethodList, TaskList } from '@rankforge/contracts';
import { attackNames } from '@rankforge/federated';
import { computation } from '../platform/computation.js';
import { Catalog } from './catalog.js';
import { Tasks, viewTask } from './tasks.js';

export const methodsComputation = computation({
  name: 'methods',
  lane: 'short',
  words: { thing: 'list of methods', done: 'made' },
  advice: 'ask again',
  by: Catalog,
  schema: MethodList,
  run: async (catalog, _: null) => ({
    methods: catalog.viewMethods(),
    optimizers: catalog.viewOptimizers(),
    strategies: catalog.viewStrategies(),
    recipes: catalog.viewRecipes(),
    attacks: [...attackNames],
  }),
});

export const tasksComputation = computation({
  name: 'tasks',
  lane: 'short',
  words: { thing: 'list of tasks', done: 'made' },
  advice: 'delete data sets that nobody needs',
  by: Tasks,
  schema: TaskList,
  run: async (tasks, projectId: string) => ({ tasks: (await tasks.all(projectId)).map(viewTask) }),
});
