/** @file Configurations of methods, optimizers, strategies and recipes, parsed, with the errors of those that are not valid. */
import type { Base } from '@rankforge/bases';
import type { ConfigPart, FieldError, TrainingOptions } from '@rankforge/contracts';
import { trainedMethod } from '@rankforge/evaluators';
import { sendsNothing } from '@rankforge/federated';
import { type Followed, settled } from '@rankforge/peft';
import type { Federated } from '../catalog/federations.js';
import { fieldErrors } from '../platform/http/issues.js';
import { type AxisPoint, fieldsOn, type MethodAxes, placeOn } from './expand.js';

export type Config = Record<string, unknown>;

/** The configurations of a point, parsed, and the scenario of its federation. */
export interface Settled {
  method: Config;
  optimizer: Config;
  federated?: Federated;
  recipe?: Followed & { config: Config };
}

/** A configuration with its defaults, or what is wrong with it. */
interface Parsed {
  config: Config | undefined;
  errors: readonly FieldError[];
}

/** What a configuration is of. */
type Owner = Parameters<typeof settled>[0] & { name: string; config: MethodAxes['method']['config'] };

/** Configurations on the layers that a sweep targets. Each is parsed once, over all calls. */
export class MethodConfigs {
  /** The fields that are wrong in what was asked for since the last `takeErrors`, with repeats. */
  readonly errors: FieldError[] = [];
  private readonly parsed = new Map<string, Parsed>();

  constructor(
    private readonly base: Base,
    private readonly training: TrainingOptions,
  ) {}

  /** Configurations that are kept. */
  get size(): number {
    return this.parsed.size;
  }

  forget(): void {
    this.parsed.clear();
  }

  takeErrors(): FieldError[] {
    return this.errors.splice(0);
  }

  /** The configurations with their defaults; undefined where `errors` say why they are none. */
  of(at: AxisPoint, rank: number | null): Settled | undefined {
    const { strategy, federation, recipe: record } = at.of;
    const method = this.config(at, 'config', rank);
    const optimizer = this.config(at, 'optimizerConfig', rank);
    const strategyConfig = strategy && this.config(at, 'strategyConfig', null);
    const recipeConfig = record && this.config(at, 'recipeConfig', null);
    if (!method || !optimizer || (strategy && !strategyConfig) || (record && !recipeConfig)) return undefined;
    const recipe = record && recipeConfig && { recipe: { recipe: record, config: recipeConfig } };
    if (!strategy || !strategyConfig || !federation) return { method, optimizer, ...recipe };
    return { method, optimizer, ...recipe, federated: { strategy, strategyConfig, federation } };
  }

  private config(at: AxisPoint, part: ConfigPart, rank: number | null): Config | undefined {
    const { of } = at;
    const owner = {
      config: of.method,
      optimizerConfig: of.optimizer,
      strategyConfig: of.strategy!,
      recipeConfig: of.recipe!,
    }[part];
    const input = this.input(at, part, rank);
    const steps = stepsOfClocks(of) ?? of.steps ?? this.training.steps;
    const memo = JSON.stringify([of.index, part, input, steps]);
    const known = this.parsed.get(memo) ?? this.parse(at, part, { owner, input, steps });
    this.parsed.set(memo, known);
    this.errors.push(...known.errors);
    return known.config;
  }

  private parse(
    at: AxisPoint,
    part: ConfigPart,
    { owner, input, steps }: { owner: Owner; input: Config; steps: number },
  ): Parsed {
    const { of } = at;
    const result = owner.config.safeParse(input);
    const data = result.success ? settled(owner, result.data as Config, steps) : undefined;
    const reason = data && part === 'config' ? this.unfit(of, data) : undefined;
    if (reason !== undefined) {
      return { config: undefined, errors: [{ path: `/methods/${of.index}/config`, message: reason }] };
    }
    const errors = fieldErrors(result.error?.issues ?? []).map(({ path, message }) => {
      const key = path.split('/')[1] ?? '';
      const isAxis = of.from === undefined && Array.isArray(of.entry[part]?.[key]);
      const place = isAxis ? `/${placeOn(at, `${part}.${key}`).position}` : '';
      const where = key === 'rank' ? rankPath(at) : `/methods/${of.index}/${part}${path}${place}`;
      return { path: where, message: `${owner.name}: ${message}` };
    });
    return { config: data, errors };
  }

  /** The input of the schema of the method or the optimizer. */
  private input(at: AxisPoint, part: ConfigPart, rank: number | null): Config {
    const given = fieldsOn(at, part);
    const owners: Partial<Record<ConfigPart, { usesRank: boolean }>> = {
      config: trainedMethod(at.of.method),
      optimizerConfig: at.of.optimizer,
    };
    return owners[part]?.usesRank && rank !== null ? { ...given, rank } : given;
  }

  /** Whether method and optimizer take the rank here; says nothing where they don't. */
  allows(at: AxisPoint, rank: number): boolean {
    const { method, optimizer } = at.of;
    const config = method.config.safeParse(this.input(at, 'config', rank));
    const optimizerConfig = optimizer.config.safeParse(this.input(at, 'optimizerConfig', rank));
    return config.success && optimizerConfig.success && this.unfit(at.of, config.data as Config) === undefined;
  }

  get targetedLayers() {
    return this.base.layers.filter(({ name }) => this.training.targets.includes(name));
  }

  /** The largest rank that every targeted layer takes. */
  largestRank(of: MethodAxes): number {
    const method = trainedMethod(of.method);
    return Math.min(...this.targetedLayers.map(({ shape }) => method?.maxRank?.(shape) ?? Number.POSITIVE_INFINITY));
  }

  /** Why a targeted layer does not take the configuration. */
  private unfit(of: MethodAxes, config: Config): string | undefined {
    const method = trainedMethod(of.method);
    if (!method) return undefined;
    const shapes = this.targetedLayers.map(({ shape }) => shape);
    for (const { path, shape } of this.targetedLayers) {
      const reason = method.unfit?.(shape, config, shapes) ?? method.beyondEngine?.(shape, config);
      if (reason !== undefined) return `${method.name} on ${path}: ${reason}`;
    }
    return undefined;
  }
}

/** Steps after which the clocks of an optimizer begin anew; undefined where that is never. */
const stepsOfClocks = ({ strategy, federation }: MethodAxes): number | undefined =>
  strategy && !sendsNothing(strategy) ? federation?.localSteps : undefined;

/** Where the rank of a configuration stands in the request: on its list, or at an end of its range. */
export function rankPath(at: AxisPoint): string {
  const { entry, index } = at.of;
  const { value, position, axis } = placeOn(at, 'rank');
  const path = entry.rank ? `/methods/${index}/rank` : '/rank';
  if (value === 'max') return path;
  return `${path}/${axis.range ? (position === 0 ? 'min' : 'max') : position}`;
}
