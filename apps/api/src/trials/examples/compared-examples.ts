import { Inject, Injectable } from '@nestjs/common';
import type {
  ComparedExample,
  ComparedExamples,
  ExampleComparison,
  ExamplesQuery,
  TrialState,
} from '@rankforge/contracts';
import { ArtifactStore, type Database } from '@rankforge/db';
import { findObjective } from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';
import { type FoundTask, Tasks } from '../../catalog/tasks.js';
import { DATABASE } from '../../platform/database.js';
import type { ApiSettings } from '../../platform/env.js';
import { invalid } from '../../platform/http/problem.js';
import { SETTINGS } from '../../platform/settings.js';
import { compareScores, type ScoredTrial } from './compare-scores.js';
import { ExampleReader, type ReadExamples } from './example-reader.js';
import { type AskedTrial, readAsked, readScorings, type Scoring } from './scorings.js';
import { answersAt } from './written-answers.js';

/** Compares trials example by example, on the test split that their scorings read. */
@Injectable()
export class ComparedExamplesReader {
  private readonly store: ArtifactStore;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) { artifactDir }: ApiSettings,
    private readonly tasks: Tasks,
    private readonly reader: ExampleReader,
  ) {
    this.store = new ArtifactStore(artifactDir);
  }

  /**
   * @throws ProblemError `not-found` for a trial that is not of the project; `validation` for a metric, a pattern or a trial to sort by that is
   * none of theirs
   */
  async compare(query: ExamplesQuery, projectId: string): Promise<ComparedExamples> {
    const asked = await readAsked(this.database, query.trial, projectId);
    const { spec } = asked[0]!;
    const found = await this.tasks.find(spec.task, projectId);
    const nothing = otherData(asked) ?? unreadable(spec.task, found);
    if (nothing !== undefined || !found) return { compared: null, left: [], none: nothing };
    const metric = metricOf(found.task, query.metric);
    const keys = asked.map(({ scoringKey }) => scoringKey);
    const scorings = await readScorings(this.database, { keys, metric: metric.name, projectId });
    const { trials, left } = scoredOf(asked, scorings, metric.name);
    const few = uncompared(trials);
    if (few !== undefined) return { compared: null, left, none: few };
    const compared = comparedBy(trials, metric, query);
    const page = compared.places.slice(query.from, query.from + query.limit);
    const items = page.map((place): ComparedExample => ({ place, scores: trials.map(({ scores }) => scores[place]!) }));
    const listed = await this.listed(items, { found, compared, spec });
    const { database, store } = this;
    const answers = await answersAt(
      listed.items.map(({ place }) => place),
      trials.map(({ keeperId }) => keeperId),
      { database, store },
    );
    if (answers) listed.items = listed.items.map((item, at) => ({ ...item, said: answers.map((own) => own[at]!) }));
    return { compared: comparison(found.task, metric, compared, listed), left };
  }

  /** The examples of a page as they may be shown. */
  private async listed(
    items: ComparedExample[],
    { found, compared, spec }: Listing,
  ): Promise<Pick<ExampleComparison, 'found' | 'items' | 'withheld'>> {
    const { task, datasetId } = found;
    const { length } = compared.places;
    // Nobody reads the answers of examples that lie at sites, one by one.
    if (task.sites) return { found: 0, items: [], withheld: atSites };
    const isAsItWas = datasetId === undefined ? spec.dataVersion === task.dataVersion : spec.dataset === task.dataHash;
    if (!isAsItWas) return { found: length, items, withheld: changed(task) };
    if (!task.testExamples)
      return { found: length, items, withheld: `The examples of ${task.name} have no texts to show` };
    if (items.length === 0) return { found: length, items };
    const places = items.map(({ place }) => place);
    const read = await this.reader.read(found, places);
    if (typeof read === 'string') return { found: length, items, withheld: read };
    if (read.size !== compared.examples) return { found: length, items, withheld: changed(task) };
    const classes = compared.patterns === null ? undefined : task.classes;
    return { found: length, items: items.map((item) => withFields(item, read, classes)) };
  }
}

interface Listing {
  found: FoundTask;
  compared: ReturnType<typeof compareScores>;
  spec: AskedTrial['spec'];
}

const comparison = (
  { name }: Task,
  { scale: _, ...metric }: Task['primaryMetric'],
  { places: __, ...counts }: Listing['compared'],
  listed: Pick<ExampleComparison, 'found' | 'items' | 'withheld'>,
): ExampleComparison => ({ task: name, split: 'test', metric, ...counts, ...listed });

const atSites = 'The examples lie at their sites, and are not listed: nobody else reads them';

const changed = ({ name }: Task) =>
  `The data of ${name} was changed since these trials: its examples are not those that they were scored on`;

/** The reason why trials were not scored on the same examples; undefined where their data is the same. */
function otherData([first, ...others]: readonly AskedTrial[]): string | undefined {
  const { task, dataset, dataVersion } = first!.spec;
  for (const { spec } of others) {
    if (spec.task !== task) return `Trials of different tasks have no example in common: ${task} and ${spec.task}`;
    if (spec.dataset !== dataset || spec.dataVersion !== dataVersion)
      return `Trials of different data of ${task} were not scored on the same examples`;
  }
  return undefined;
}

/** The reason why a task has no examples. */
function unreadable(name: string, found: FoundTask | undefined): string | undefined {
  if (!found) return `The data of ${name} was removed: nobody can say which examples trials were scored on`;
  if (findObjective(found.task.objective).unit !== 'window') return undefined;
  return `${name} has no examples: it is scored on windows of running text`;
}

function metricOf({ name, metrics, primaryMetric }: Task, asked: string | undefined): Task['primaryMetric'] {
  const metric = asked === undefined ? primaryMetric : metrics.find((one) => one.name === asked);
  if (metric) return metric;
  const known = metrics.map((one) => one.name).join(', ');
  throw invalid([{ path: '/metric', message: `"${asked}" is no metric of ${name}; expected one of ${known}` }]);
}

/** Trials with their scores, and those that have none, each with the reason. */
function scoredOf(asked: readonly AskedTrial[], scorings: ReadonlyMap<string, Scoring>, metric: string) {
  const trials: ScoredTrial[] = [];
  const left: ComparedExamples['left'] = [];
  for (const { id, state, scoringKey } of asked) {
    const scoring = scorings.get(scoringKey);
    if (scoring?.state === 'SUCCEEDED' && scoring.scores)
      trials.push({ id, scoringId: scoring.id, keeperId: scoring.keeperId, scores: scoring.scores });
    else left.push({ id, reason: unscored(state, scoring, metric) });
  }
  return { trials, left };
}

/** The reason why a trial has no scores of examples. */
function unscored(state: TrialState, scoring: Scoring | undefined, metric: string): string {
  if (state !== 'SUCCEEDED') return `its state is ${state}`;
  if (!scoring) return 'it was not scored on the test split, which only chosen configurations are';
  if (scoring.state !== 'SUCCEEDED') return `the state of its scoring on the test split is ${scoring.state}`;
  return `its scoring keeps no ${metric} of single examples`;
}

/** The reason why scores cannot be paired. */
function uncompared(trials: readonly ScoredTrial[]): string | undefined {
  if (trials.length < 2) return 'Fewer than two of these trials were scored on the test split';
  const numbers = new Set(trials.map(({ scores }) => scores.length));
  return numbers.size > 1
    ? `Trials were scored on different numbers of examples: ${[...numbers].join(', ')}`
    : undefined;
}

function comparedBy(trials: readonly ScoredTrial[], metric: Task['primaryMetric'], { which, ahead }: ExamplesQuery) {
  const place = ahead === undefined ? undefined : trials.findIndex(({ id }) => id === ahead);
  if (place === -1) throw invalid([{ path: '/ahead', message: `${ahead} is none of the trials that were scored` }]);
  try {
    return compareScores(trials, metric, { which, ahead: place });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalid([{ path: '/which', message: error.message }]);
  }
}

function withFields(
  item: ComparedExample,
  { examples }: ReadExamples,
  classes: readonly string[] | undefined,
): ComparedExample {
  const fields = examples.get(item.place);
  if (!fields) return item;
  const { label } = fields;
  if (!classes || label === undefined) return { ...item, fields };
  const others = classes.filter((name) => name !== label);
  const wrong = others.length === 1 ? others[0]! : null;
  return { ...item, fields, said: item.scores.map((score) => (score === 1 ? label : wrong)) };
}
