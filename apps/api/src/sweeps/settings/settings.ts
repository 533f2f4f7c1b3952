import { Inject, Injectable } from '@nestjs/common';
import {
  CreateSweep,
  type SettingsBudget,
  type SettingsQuery,
  type SweepSettings,
  sweepKindOf,
} from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { DATABASE } from '../../platform/database.js';
import { invalid, notFound } from '../../platform/http/problem.js';
import { atBudget, budgetsOf, toConfigurations, variedSettings, withChosen } from './build-settings.js';
import { importanceOf } from './importance.js';
import { readConfigurations } from './read-configurations.js';
import { triedGroups } from './tried-groups.js';

/** More configurations than these tell no more on a screen, and their importances hardly change. */
const configurationsAtMost = 1000;

/** The effect of a sweep's settings, on validation alone. */
@Injectable()
export class SweepSettingsReader {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** @throws ProblemError `not-found`, or `validation` where no training has the steps that are asked for */
  async read(sweepId: string, { steps }: SettingsQuery): Promise<SweepSettings> {
    const sweep = await this.database.sweep.findUnique({
      where: { id: sweepId, removedAt: null },
      select: { id: true, spec: true, objectiveMetric: true, objectiveDirection: true },
    });
    if (!sweep) throw notFound('sweep', sweepId);
    const direction = sweep.objectiveDirection as SweepSettings['direction'];
    const request = CreateSweep.parse(sweep.spec);
    const choosing = !sweepKindOf(request.kind).configurationsCompete;
    const rows = await readConfigurations(this.database, {
      sweepId: sweep.id,
      direction,
      choosing,
      atMost: configurationsAtMost,
    });
    const { configurations, methods } = toConfigurations(rows, request);
    const settings = variedSettings(configurations, methods, request);
    const budgets = budgetsOf(configurations, settings);
    const budget = chosenBudget(budgets, steps);
    const names = new Set(settings.map(({ name }) => name));
    const listed = configurations.flatMap((configuration) => {
      const shown = atBudget(configuration, budget);
      if (!shown) return [];
      const values = Object.fromEntries(Object.entries(shown.values).filter(([name]) => names.has(name)));
      return [{ configuration, shown: { ...shown, values } }];
    });
    const chosen = withChosen(methods, configurations, { direction, choosing });
    const drawn = listed.filter(({ configuration }) => configuration.drawn).map(({ shown }) => shown);
    return {
      metric: sweep.objectiveMetric,
      direction,
      budget,
      budgets,
      settings,
      methods: methods.map((method, index) => {
        const place = listed.findIndex(({ configuration }) => configuration === chosen[index]!.chosen);
        return { ...method, chosen: place < 0 ? null : place, edges: chosen[index]!.edges };
      }),
      configurations: listed.map(({ shown }) => shown),
      total: rows[0]?.total ?? 0,
      sampled: (rows[0]?.total ?? 0) > configurationsAtMost,
      importance: importanceOf({
        groups: triedGroups({ configurations: drawn, methods, settings, request }),
        direction,
      }),
    };
  }
}

/** The budget that was asked for; the largest where none was. */
function chosenBudget(budgets: readonly SettingsBudget[], steps: number | undefined): SettingsBudget {
  const largest = budgets.at(-1) ?? { steps: 0, whole: true, trainings: 0 };
  if (steps === undefined) return largest;
  const found = budgets.find((budget) => budget.steps === steps);
  if (found) return found;
  const known = budgets.map((budget) => budget.steps).join(', ');
  throw invalid([
    { path: '/steps', message: `no training of the sweep ends at step ${steps}; they end at ${known || 'none'}` },
  ]);
}
