import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  CreateSweep,
  type SettingsBudget,
  type SettingsQuery,
  type SweepSettings,
  sweepKindOf,
} from '@rankforge/contracts';
import { type Database, Prisma } from '@rankforge/db';
import { DATABASE } from '../../platform/database.js';
import { invalid, notFound } from '../../platform/http/problem.js';
import { inProcess } from '../../platform/in-process.js';
import { type JobOrigin, JobTurns } from '../../platform/job-turns.js';
import { notDone } from '../../platform/no-answer.js';
import { SnapshotCache } from '../../platform/snapshot-cache.js';
import { atBudget, budgetsOf, toConfigurations, variedSettings, withChosen } from './build-settings.js';
import { type Asked, importanceOf, isLong } from './importance.js';
import type { Answer, Job } from './importance-child.js';
import { readConfigurations } from './read-configurations.js';
import { triedGroups } from './tried-groups.js';

/** More configurations than these tell no more on a screen, and their importances hardly change. */
const configurationsAtMost = 1000;

/** Answers that are kept: one of a large sweep is about a MiB. */
const answersKept = 16;

const words = { thing: 'effect of the settings', done: 'computed' };

const script = new URL('./importance-child.bundle.js', import.meta.url);
const processLimits = { heapMiB: 512, memoryMiB: 1024, minutes: 1 };

/**
 * The effect of a sweep's settings, on validation alone. An answer is kept until an event of its sweep; projects take turns at others, of
 * which a large one takes seconds in the database, and a process for its importances.
 */
@Injectable()
export class SweepSettingsReader {
  private readonly logger = new Logger('settings');
  private readonly cache: SnapshotCache<SweepSettings>;
  private readonly turns = new JobTurns({ atOnce: 2, waiting: 32 });

  constructor(@Inject(DATABASE) private readonly database: Database) {
    this.cache = new SnapshotCache(database, answersKept);
  }

  /**
   * @throws ProblemError `not-found`, or `validation` where no training has the steps that are asked for; or when too many wait, or
   * nobody does any more
   */
  async read(sweepId: string, query: SettingsQuery, origin: JobOrigin): Promise<SweepSettings> {
    const sweep = await this.database.sweep.findUnique({
      where: { id: sweepId, removedAt: null },
      select: { id: true, spec: true, generation: true, objectiveMetric: true, objectiveDirection: true },
    });
    if (!sweep) throw notFound('sweep', sweepId);
    // A request that is extended is of another generation.
    const key = JSON.stringify([sweepId, sweep.generation, query.steps]);
    const scope = Prisma.sql`s."id" = ${sweepId}::uuid`;
    const known = await this.cache.known(key, scope);
    if (known) return known;
    const make = () => this.make(sweep, query, origin.signal);
    // Whoever waited finds what was made meanwhile.
    const made = await this.turns.run(() => this.cache.get(key, scope, make), origin);
    if ('givenUp' in made || 'waiting' in made) throw notDone(this.logger, words, made);
    return made;
  }

  private async make(sweep: ReadSweep, { steps }: SettingsQuery, signal: AbortSignal): Promise<SweepSettings> {
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
      importance: await this.importance(
        { groups: triedGroups({ configurations: drawn, methods, settings, request }), direction },
        signal,
      ),
    };
  }

  private async importance(asked: Asked, signal: AbortSignal): Promise<SweepSettings['importance']> {
    if (!isLong(asked)) return importanceOf(asked);
    const answer = await inProcess<Job, Answer>(script, asked, { ...processLimits, signal });
    if ('computed' in answer) return answer.computed;
    throw notDone(this.logger, words, 'exceeded' in answer ? { failed: answer.exceeded } : answer);
  }
}

interface ReadSweep {
  id: string;
  spec: unknown;
  objectiveMetric: string;
  objectiveDirection: string;
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
