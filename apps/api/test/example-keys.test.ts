/**
 * @file Content keys and predicted bytes of all trials that the sweeps of examples/ expand to, as they were when the kept file was written. A key that
 * changes has every result of its trial computed anew, so it only changes on purpose: by a new version of the library, of a
 * task's data or of a base, or by a field of the trial. `npx vitest run --project api example-keys --update` writes the file anew.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BaseShelf } from '@rankforge/bases';
import { CreateSweep, contenderKey, contenderOf, defaultProject } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { beforeAll, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import type { AdapterReader } from '../src/adapters/adapter-reader.js';
import { ImportedAdapters } from '../src/adapters/imported.service.js';
import { TrainedModels } from '../src/adapters/trained-models.js';
import { Catalog } from '../src/catalog/catalog.js';
import { Tasks } from '../src/catalog/tasks.js';
import { Generators } from '../src/generators/generators.service.js';
import { configureEach, plannedKey, planSweep } from '../src/planning/plan.js';
import type { ApiSettings } from '../src/platform/env.js';

const examples = fileURLToPath(new URL('../../../examples/', import.meta.url));
const models = fileURLToPath(new URL('../../../models/', import.meta.url));
const request = (name: string) => CreateSweep.parse(JSON.parse(readFileSync(`${examples}/${name}`, 'utf8')));
/** A folder of an example may have others with data. */
const sweeps = readdirSync(examples, { recursive: true, encoding: 'utf8' })
  .filter((name) => /^[^/]+\/[^/]+\.json$/.test(name))
  .sort();

/** Bases that the repository holds; every other one is fetched or made by its example. */
const shipped = ['click-mlp', 'nano-ranker', 'nano-recommender', 'nano-sotu', 'vit-mnist'];
const needsNothing = ({ base, task, generator }: CreateSweep) =>
  shipped.includes(base) && !/^(dataset|command):/.test(task) && generator === undefined;

/** The version is part of a key, and a new one is no reason to write the file anew. */
const catalog = new Catalog(new BaseShelf(models), 'any version');
beforeAll(() => catalog.refreshBases());

/** No example that is planned here names a data set, an adapter or a model of an installation: nothing is asked of its database. */
const sources = () => {
  const [database, settings] = [partOf<Database>({}), partOf<ApiSettings>({ artifactDir: '' })];
  const tasks = new Tasks(database, settings);
  return {
    projectId: defaultProject.id,
    catalog,
    tasks,
    adapters: new ImportedAdapters(database, settings, catalog, partOf<AdapterReader>({})),
    models: new TrainedModels(database, settings),
    generators: new Generators(database, settings, catalog, tasks),
    installation: { commandFolders: [] },
  };
};

/** Trials of a sweep by method and optimizer: how many, and digests over their keys and predictions in the order they are created. */
async function digests(name: string): Promise<Record<string, { trials: number; keys: string; predicted: string }>> {
  const plan = await planSweep(request(name), sources());
  const { strategy, space } = plan;
  const step = strategy.step({ space, state: strategy.start(space), room: plan.trials, trainings: [] });
  const configured = await configureEach(
    plan,
    step.create.map(({ point }) => point),
  );
  const found = new Map<string, { keys: string[]; predicted: string[] }>();
  for (const [index, { seed, until }] of step.create.entries()) {
    for (const { spec, budgets, predicted } of configured[index]!) {
      const trial = { ...spec, seed, ...(until === undefined ? {} : { until }) };
      const owner = contenderKey(contenderOf(spec));
      const own = found.get(owner) ?? { keys: [], predicted: [] };
      for (const { memoryBudgetMiB } of budgets)
        own.keys.push(`${memoryBudgetMiB} ${plannedKey(plan, trial, catalog.libraryVersion, '')}`);
      own.predicted.push(JSON.stringify(predicted));
      found.set(owner, own);
    }
  }
  const trials = [...found.values()].reduce((sum, { keys }) => sum + keys.length, 0);
  // A fair sweep begins with its tuning: the seeds of what that chooses come after it.
  if (plan.request.protocol) expect(trials, `trials of ${name}`).toBeLessThan(plan.trials);
  else expect(trials, `trials of ${name}`).toBe(plan.trials);
  const digest = (keys: readonly string[]) => createHash('sha256').update(keys.join('\n')).digest('hex');
  return Object.fromEntries(
    [...found]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([owner, { keys, predicted }]) => [
        owner,
        { trials: keys.length, keys: digest(keys), predicted: digest(predicted) },
      ]),
  );
}

it('expands every example to trials with the keys and the predicted bytes they had', async () => {
  const all: Record<string, Awaited<ReturnType<typeof digests>>> = {};
  const planned = sweeps.filter((name) => needsNothing(request(name)));
  expect(planned.length).toBeGreaterThan(20);
  for (const name of planned) all[name] = await digests(name);
  await expect(`${JSON.stringify(all, null, 2)}\n`).toMatchFileSnapshot('kept/example-keys.generated.json');
});
