import type { Base } from '@rankforge/bases';
import {
  type CreateSweep,
  datasetOf,
  type FieldError,
  type MemoryByPart,
  type TrainingOptions,
  type TrialSpec,
} from '@rankforge/contracts';
import type { Task } from '@rankforge/tasks';
import { type Forecast, forecast, type Refusal } from '../catalog/forecast.js';
import { fieldErrors } from '../platform/http/issues.js';
import type { AxisPoint, MethodAxes } from './expand.js';

/** One point of a sweep apart from seed and budget. */
export interface PlannedConfiguration {
  /** Index in the request's `methods`. */
  axis: number;
  spec: Omit<TrialSpec, 'seed'>;
  predicted: MemoryByPart;
  trainableParameters: number;
}

type Config = Record<string, unknown>;

/** Makes configurations of one sweep. Configs are parsed and memory is predicted once per distinct input. */
export class Configurator {
  private readonly parsed = new Map<string, Config | undefined>();
  private readonly forecasts = new Map<string, Forecast | Refusal>();

  constructor(
    private readonly request: CreateSweep,
    private readonly task: Task,
    private readonly base: Base,
    private readonly training: TrainingOptions,
    private readonly errors: FieldError[],
  ) {}

  /** The configuration at a point with all defaults filled in; undefined where `errors` say why. */
  configure(at: AxisPoint): PlannedConfiguration | undefined {
    const { of, positions } = at;
    const { method, optimizer } = of;
    const rank = valueAt(at, -2) as number | null;
    // Where one training serves several ranks, it is that of the largest rank of the axis.
    const trainedRank = rank !== null && method.serves ? Math.max(...(of.axes.at(-2) as number[])) : undefined;
    const methodConfig = this.config(at, 'config', trainedRank ?? rank);
    const optimizerConfig = this.config(at, 'optimizerConfig', trainedRank ?? rank);
    const bound = rank === null || !method.usesRank ? Number.POSITIVE_INFINITY : this.largestRank(of);
    if (rank !== null && rank > bound) {
      const message = `${method.name} takes ranks up to ${bound} on the targeted layers, got ${rank}`;
      this.errors.push({ path: `${rankAxis(of)}/${positions.at(-2)}`, message });
      return undefined;
    }
    if (!methodConfig || !optimizerConfig) return undefined;
    const made = this.forecast(of, methodConfig, optimizerConfig);
    if ('refused' in made) {
      const error = { path: `/methods/${of.index}/name`, message: made.refused };
      if (!this.errors.some(({ path, message }) => path === error.path && message === error.message)) {
        this.errors.push(error);
      }
      return undefined;
    }
    const { memory, trainableParameters } = made;
    return {
      axis: of.index,
      spec: {
        task: this.request.task,
        ...(datasetOf(this.request.task) === undefined ? {} : { dataset: this.task.dataHash }),
        base: this.request.base,
        engine: this.request.engine,
        method: method.name,
        methodConfig,
        ...(of.from ? { from: of.from.sha256 } : {}),
        optimizer: optimizer.name,
        optimizerConfig,
        rank,
        ...(trainedRank === undefined ? {} : { trainedRank }),
        learningRate: valueAt(at, -1) as number,
        training: this.training,
      },
      predicted: memory,
      trainableParameters,
    };
  }

  private get targetedLayers() {
    return this.base.layers.filter(({ name }) => this.training.targets.includes(name));
  }

  /** The largest rank that every targeted layer takes. */
  private largestRank({ method }: MethodAxes): number {
    return Math.min(...this.targetedLayers.map(({ shape }) => method.maxRank?.(shape) ?? Number.POSITIVE_INFINITY));
  }

  /** Whether every targeted layer takes the configuration; where one doesn't, `errors` say why. */
  private fits({ method, index }: MethodAxes, config: Config): boolean {
    const shapes = this.targetedLayers.map(({ shape }) => shape);
    for (const { path, shape } of this.targetedLayers) {
      const reason = method.unfit?.(shape, config, shapes);
      if (reason === undefined) continue;
      this.errors.push({ path: `/methods/${index}/config`, message: `${method.name} on ${path}: ${reason}` });
      return false;
    }
    return true;
  }

  private config(at: AxisPoint, part: 'config' | 'optimizerConfig', rank: number | null): Config | undefined {
    const { of, positions } = at;
    const owner = part === 'config' ? of.method : of.optimizer;
    const keys = part === 'config' ? of.configKeys : of.optimizerConfigKeys;
    const offset = part === 'config' ? 0 : of.configKeys.length;
    const given = Object.fromEntries(keys.map((key, index) => [key, valueAt(at, offset + index)]));
    const input = owner.usesRank && rank !== null ? { ...given, rank } : given;
    const memo = JSON.stringify([of.index, part, input]);
    if (!this.parsed.has(memo)) {
      const result = owner.config.safeParse(input);
      const data = result.success ? (result.data as Config) : undefined;
      const usable = data && (part === 'optimizerConfig' || this.fits(of, data));
      this.parsed.set(memo, usable ? data : undefined);
      for (const { path, message } of fieldErrors(result.error?.issues ?? [])) {
        const key = path.split('/')[1] ?? '';
        const isAxis = of.from === undefined && Array.isArray(of.entry[part][key]);
        const place = isAxis ? `/${positions[offset + keys.indexOf(key)]}` : '';
        const where =
          key === 'rank' ? `${rankAxis(of)}/${positions.at(-2)}` : `/methods/${of.index}/${part}${path}${place}`;
        this.errors.push({ path: where, message: `${owner.name}: ${message}` });
      }
    }
    return this.parsed.get(memo);
  }

  private forecast(
    { method, optimizer }: MethodAxes,
    methodConfig: Config,
    optimizerConfig: Config,
  ): Forecast | Refusal {
    const memo = JSON.stringify([method.name, methodConfig, optimizer.name, optimizerConfig]);
    const { base, task, training } = this;
    const made =
      this.forecasts.get(memo) ?? forecast({ base, task, training, method, methodConfig, optimizer, optimizerConfig });
    this.forecasts.set(memo, made);
    return made;
  }
}

function valueAt({ of, positions }: AxisPoint, axis: number): unknown {
  return of.axes.at(axis)![positions.at(axis)!];
}

function rankAxis({ entry, index }: MethodAxes): string {
  return entry.rank ? `/methods/${index}/rank` : '/rank';
}
