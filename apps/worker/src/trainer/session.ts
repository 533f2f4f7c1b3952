/** @file What a trainer keeps warm: one engine, one base model, and the tasks prepared for it. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { loadBaseModel, readBase, readingOfFolder } from '@rankforge/bases';
import {
  type AdapterLink,
  type Scores,
  siteName,
  siteOfHeld,
  type TrialChat,
  type TrialSpec,
} from '@rankforge/contracts';
import type { ArtifactStore } from '@rankforge/db/artifacts';
import {
  type BaseTokenizer,
  backendOf,
  type Engine,
  type EngineOptions,
  evaluate,
  findMethod,
  type LoadedBase,
  libraryVersion,
  mergedBase,
  openEngine,
  readAdapter,
  serveAt,
  type TaskData,
  type Teacher,
  type Trivial,
  type Turn,
  trivialScores,
} from '@rankforge/peft';
import { findTask, openDatasetTask, requireClear, siteSecret, type Task } from '@rankforge/tasks';
import type { Order } from '../trial/executor.js';
import { begunOnce } from './begun-once.js';
import { ForgettingScores } from './forgetting.js';
import { RecentData } from './recent-data.js';
import { requireNumbers } from './require-numbers.js';
import { Runners } from './runner/runners.js';
import { scratchOf } from './scratch.js';
import { startingPoint } from './starting-point.js';

export interface Prepared {
  engine: Engine;
  model: LoadedBase;
  tokenizer: BaseTokenizer;
  /** Digest of the base's folder. Reads the whole base the first time. */
  baseSha256(): Promise<string>;
  task: Task;
  data: TaskData;
  /** Ends what `prepare` began: the data may make room for that of other tasks. Called once. */
  release(): void;
  /** By which the site of this trial masks what it sends; absent where it does not. */
  siteSecret?: Uint8Array;
  /** Names the contents of model and data, and the version of what trains. Reads the whole base the first time. */
  identity(): Promise<string>;
  /** The base's held-back data. */
  forgettingScores: ForgettingScores;
  /** Test metrics of a predictor that reads no input, where one is cheap. */
  trivial(): Trivial | undefined;
  /** Test metrics of the model before anything was done to it; taken once. */
  before(batchSize: number, turn: Turn): Promise<Scores>;
}

interface Open {
  name: string;
  engine: Engine;
  model: LoadedBase;
  tokenizer: BaseTokenizer;
  forgettingScores: ForgettingScores;
  data: RecentData;
  before: Map<string, Promise<Scores>>;
  sha256(): Promise<string>;
}

/**
 * Opens what a trial needs, or takes what is open from the trial before. A process has one engine: an order for another
 * engine or base drops what the last one left.
 */
export class Session {
  private open: Open | undefined;
  private second: { name: string; model: Promise<LoadedBase> } | undefined;
  private readonly trivial = new WeakMap<TaskData, Trivial>();

  constructor(
    readonly modelsDir: string,
    /** Holds users' data sets. */
    private readonly store: ArtifactStore,
    private readonly engineOptions: EngineOptions = {},
    /** Files of sites whose examples lie here alone, by the site. */
    private readonly siteFiles: Readonly<Record<string, string>> = {},
    /** Folders in which commands may run. */
    readonly commandFolders: readonly string[] = [],
  ) {
    this.runners = new Runners(this.enginesFolder);
  }

  /** Programs that train for engines which are none of this library. */
  readonly runners: Runners;

  /** Where copies of bases and files of orders lie that runners read. */
  readonly scratch = scratchOf(process.pid);

  /** Threads of an engine that starts some. */
  get threads(): number {
    return this.engineOptions.threads ?? availableParallelism();
  }

  /** Folder of engines that were added to the installation; undefined where it has none. */
  get enginesFolder(): string | undefined {
    return this.engineOptions.enginesFolder;
  }

  /**
   * @throws Error naming the engine, base, task or site that cannot be opened, or a base whose folder is another by now
   */
  async prepare(order: Pick<Order, 'spec' | 'baseSha256' | 'turn'>): Promise<Prepared> {
    const { spec } = order;
    // Its examples lie with the worker that holds it.
    const site = order.turn?.site;
    const task = spec.dataset ? await this.dataset(spec.task, spec.dataset, site) : findTask(spec.task);
    if (!task) throw new Error(`task ${spec.task} is not one this worker knows: it is of another version than the API`);
    if (task.dataVersion !== spec.dataVersion) {
      throw new Error(
        `the trial is on ${versionOf(spec)} of the data of ${spec.task}, and this worker has ${versionOf(task)}: ` +
          'clone its sweep, or run a worker of the version of Rankforge that created it',
      );
    }
    const { name, engine, model, tokenizer, forgettingScores, data, before, sha256 } = await this.base(order);
    requireNumbers(spec, { task, model, tokenizer });
    const { sequenceLength } = spec.training;
    const own = task.sites && site !== undefined ? ` ${site}` : '';
    const version = task.dataVersion === undefined ? '' : ` version ${task.dataVersion}`;
    const { ends, chat } = spec;
    const ended = { ...tokenizer, ...(ends && { end: ends[0], ends }) };
    const reading = chat ? await this.chat(spec.base, chat, ended) : ended;
    const tokens = tokenizer.numbers === undefined ? '' : ` tokens ${tokenizer.numbers}`;
    const key = `${spec.dataset ?? task.dataHash}${version} ${sequenceLength}${own}${tokens}${ends ? ` ends ${ends}` : ''}${chat ? ` chat ${chat.sha256}` : ''}`;
    const secret = await this.secretOf(spec, task, site);
    const { data: loaded, release } = await data.read(key, () => task.load({ ...reading, sequenceLength }));
    return {
      engine,
      model,
      tokenizer,
      baseSha256: sha256,
      task,
      data: loaded,
      release,
      ...secret,
      identity: async () => JSON.stringify([libraryVersion, await sha256(), name, key]),
      forgettingScores,
      trivial: () => {
        const scores = this.trivial.get(loaded) ?? trivialScores(loaded);
        if (scores) this.trivial.set(loaded, scores);
        return scores;
      },
      before: (batchSize, turn) => {
        const method = findMethod(spec.method);
        return begunOnce(before, key, () => testMetrics({ model, method, data: loaded, batchSize, turn }));
      },
    };
  }

  /**
   * The second base of a trial with the adapter on it; the base stays warm for the next trial.
   *
   * @throws Error where the base was changed since the trial was made, or the adapter cannot be read
   */
  async teacher({ base, baseSha256, adapter }: NonNullable<TrialSpec['teacher']>): Promise<Teacher> {
    const bytes = await this.store.read(adapter);
    const name = `${base} ${baseSha256}`;
    if (this.second?.name !== name) {
      const before = this.second?.model;
      const model = loadUnchanged(join(this.modelsDir, base), base, baseSha256);
      const second = { name, model };
      this.second = second;
      model.catch(() => {
        if (this.second === second) this.second = undefined; // told to the trial that waits for it
      });
      await before?.then(
        (model) => model.dispose(),
        () => undefined,
      );
    }
    const model = await this.second.model;
    return { model, method: findMethod(readAdapter(bytes).info.method), adapter: bytes };
  }

  /** A base with adapters merged into it, in their order: another base, where there are any. */
  async merged(base: LoadedBase, adapters: readonly AdapterLink[]): Promise<LoadedBase> {
    let model = base;
    for (const { adapter, rank, factors } of adapters) {
      const trained = await this.store.read(adapter);
      const method = findMethod(readAdapter(trained).info.method);
      const served = rank === undefined ? trained : serveAt(method, trained, rank);
      model = await mergedBase(model, method, served, { factors });
    }
    return model;
  }

  private async dataset(name: string, sha256: string, site: string | undefined): Promise<Task> {
    const file = await this.store.locate(sha256).catch((cause: Error) => {
      throw new Error(`${name}: ${cause.message}`, { cause });
    });
    const held = site === undefined ? undefined : this.siteFiles[site];
    const task = await openDatasetTask(
      name,
      sha256,
      file,
      new Map(held ? [[nameIn(name, siteOfHeld(site!)), held]] : []),
    );
    if (task.sites && site !== undefined && !held) {
      throw new Error(
        `RANKFORGE_HOLDS names ${site} without a file, and its examples lie in no other place: say ${site}=FILE`,
      );
    }
    return task;
  }

  /** How conversations are read. @throws Error where the template is another by now, or cannot be used */
  private async chat(base: string, { template, sha256 }: TrialChat, tokenizer: BaseTokenizer) {
    const { facts, reading } = await readingOfFolder(join(this.modelsDir, base), tokenizer, template);
    if (facts.sha256 !== sha256) throw changed(`the chat template of the base model ${base}`);
    return reading;
  }

  /** The secret of a site whose messages are masked. @throws Error where it does not agree to what is asked */
  private async secretOf(
    { federation }: TrialSpec,
    { siteKeys }: Task,
    site: string | undefined,
  ): Promise<Pick<Prepared, 'siteSecret'>> {
    const kept = site === undefined ? undefined : this.siteFiles[site];
    if (!kept) return {};
    if (federation?.secureAggregation && siteKeys)
      return { siteSecret: await siteSecret(siteOfHeld(site!), kept, siteKeys) };
    await requireClear(siteOfHeld(site!), kept);
    return {};
  }

  private async base(order: Pick<Order, 'spec' | 'baseSha256'>): Promise<Open> {
    const { spec, baseSha256 } = order;
    const name = `${spec.engine} ${startingPoint(order)}`;
    if (this.open?.name === name) return this.open;
    const folder = join(this.modelsDir, spec.base);
    this.open?.model.dispose();
    this.open = undefined;
    const engine = await openEngine(backendOf(spec.engine), this.engineOptions);
    const digests = new Map<string, Promise<string>>();
    const sha256 = () => begunOnce(digests, folder, async () => (await readBase(folder, spec.base)).sha256);
    if (baseSha256 !== undefined && (await sha256()) !== baseSha256) throw changed(`the base model ${spec.base}`);
    const { model: whole, tokenizer } = await loadBaseModel(folder);
    const model = await this.merged(whole, spec.on ?? []);
    const forgettingScores = new ForgettingScores(folder, model, tokenizer);
    const data = new RecentData();
    this.open = { name, engine, model, tokenizer, forgettingScores, data, before: new Map(), sha256 };
    return this.open;
  }
}

/** A site's name within its task. */
const nameIn = (task: string, site: string): string => site.slice(siteName(task, '').length);

const testMetrics = async (of: Omit<Parameters<typeof evaluate>[0], 'split'>): Promise<Scores> =>
  (await evaluate({ ...of, split: 'test' })).metrics;

const changed = (what: string) =>
  new Error(`${what} was changed since the sweep was made: put its folder back and retry, or submit the sweep anew`);

async function loadUnchanged(folder: string, name: string, expected: string): Promise<LoadedBase> {
  const { sha256 } = await readBase(folder, name);
  if (sha256 !== expected) throw changed(`the teacher's base model ${name}`);
  return (await loadBaseModel(folder)).model;
}

const versionOf = ({ dataVersion }: Pick<TrialSpec, 'dataVersion'>) =>
  dataVersion === undefined ? 'the first version' : `version ${dataVersion}`;
