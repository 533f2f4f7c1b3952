import type { Base, BaseShelf, Bases } from '@rankforge/bases';
import {
  type BaseList,
  type BaseView,
  commandOf,
  defaultSweepKind,
  type MethodView,
  type OptimizerView,
  type RecipeView,
  type StrategyView,
  type SweepKind,
  sweepKindRecords,
} from '@rankforge/contracts';
import { type Contender, evaluators, isEvaluator, mayAskTraining } from '@rankforge/evaluators';
import { type Strategy, strategies, strategyNames } from '@rankforge/federated';
import {
  baseParameters,
  layerNames,
  type Method,
  methods,
  modelInput,
  type Optimizer,
  objectives,
  optimizers,
  type Recipe,
  recipeNames,
  recipes,
  writesTokens,
} from '@rankforge/peft';
import { z } from 'zod';
import { baseOfScript } from './own-script.js';
import { unknownName } from './unknown-name.js';

/** The records that a sweep may name besides its task: methods and optimizers of the library, the base models of the models folder. */
export class Catalog {
  readonly contenders: readonly Contender[] = [...methods, ...evaluators];
  readonly methodNames = this.contenders.map(({ name }) => name);
  readonly optimizerNames = optimizers.map(({ name }) => name);
  readonly strategyNames = strategyNames;
  readonly recipeNames = recipeNames;
  private bases: Bases = { usable: [], unusable: [] };

  constructor(
    private readonly shelf: BaseShelf,
    /** Part of every content key: another version of the library may give other numbers. */
    readonly libraryVersion: string,
  ) {}

  /**
   * Takes in what changed in the models folder. Whoever answers a request that names a base model calls it first.
   *
   * @throws Error when the models folder cannot be read
   */
  async refreshBases(): Promise<void> {
    this.bases = await this.shelf.refresh();
  }

  get baseNames(): string[] {
    return this.bases.usable.map(({ name }) => name);
  }

  method(name: string): Method | undefined {
    return methods.find((method) => method.name === name);
  }

  /** A method, or an evaluator. */
  contender(name: string): Contender | undefined {
    return this.contenders.find((contender) => contender.name === name);
  }

  optimizer(name: string): Optimizer | undefined {
    return optimizers.find((optimizer) => optimizer.name === name);
  }

  /** How a federation aggregates. */
  strategy(name: string): Strategy | undefined {
    return strategies.find((strategy) => strategy.name === name);
  }

  /** Recipes, each of which training may follow around a method. */
  recipe(name: string): Recipe | undefined {
    return recipes.find((recipe) => recipe.name === name);
  }

  base(name: string): Base | undefined {
    return this.bases.usable.find((base) => base.name === name);
  }

  /** The base of a task: what stands for that of a script, whatever its name, or one of the models folder. */
  baseUnder(task: string, name: string): Base | undefined {
    return commandOf(task) === undefined ? this.base(name) : baseOfScript(name);
  }

  /** Why a request cannot name this base model. */
  missingBase(name: string): string {
    const broken = this.bases.unusable.find((base) => base.name === name);
    return broken ? `cannot be used: ${broken.reason}` : unknownName('base model', name, this.baseNames);
  }

  viewMethods(): MethodView[] {
    return this.contenders.map((contender) => ({
      name: contender.name,
      title: contender.title,
      summary: contender.summary,
      paper: contender.paper ?? null,
      evidence: contender.evidence,
      kinds: kindsOf(contender),
      ...trainingOf(contender),
      config: z.toJSONSchema(contender.config, { io: 'input' }),
    }));
  }

  viewOptimizers(): OptimizerView[] {
    return optimizers.map(({ name, title, paper, evidence = { level: 'full' }, stateFormula, usesRank, config }) => ({
      name,
      title,
      paper: paper ?? null,
      evidence,
      stateFormula,
      usesRank,
      config: z.toJSONSchema(config, { io: 'input' }),
    }));
  }

  viewStrategies(): StrategyView[] {
    return strategies.map(({ name, title, summary, paper, evidence, ownRanks, config }) => ({
      name,
      title,
      summary,
      ...(ownRanks && { ownRanks }),
      paper: paper ?? null,
      evidence,
      config: z.toJSONSchema(config, { io: 'input' }),
    }));
  }

  viewRecipes(): RecipeView[] {
    return recipes.map(({ name, title, summary, paper, evidence, unfit, config }) => ({
      name,
      title,
      summary,
      paper: paper ?? null,
      evidence,
      objectives: objectives
        .filter((objective) => unfit?.({ objective }, config.parse({})) === undefined)
        .map(({ name }) => name),
      config: z.toJSONSchema(config, { io: 'input' }),
    }));
  }

  viewBases(): BaseList {
    return { bases: this.bases.usable.map(viewBase), unusable: [...this.bases.unusable] };
  }
}

/** What a view says of the training of a contender: an evaluator has no scalars, no rank and no rates. */
function trainingOf(
  contender: Contender,
): Pick<
  MethodView,
  'parameterFormula' | 'memoryFormula' | 'trains' | 'usesRank' | 'startsAtBase' | 'learnsFromTeacher' | 'learningRates'
> {
  if (isEvaluator(contender)) {
    return {
      parameterFormula: '0',
      memoryFormula: '0',
      trains: false,
      usesRank: false,
      startsAtBase: true,
      learnsFromTeacher: mayAskTraining(contender),
      learningRates: [],
    };
  }
  const { parameterFormula, memoryFormula, usesRank, startsAtBase, outputPenalty, learningRates } = contender;
  return {
    parameterFormula,
    memoryFormula,
    trains: true,
    usesRank,
    startsAtBase,
    learnsFromTeacher: outputPenalty?.against.includes('teacher') ?? false,
    learningRates: [...learningRates],
  };
}

/** Kinds of sweep a contender is for. */
export function kindsOf({ purposes = [defaultSweepKind] }: Pick<Contender, 'purposes'>): SweepKind[] {
  const all: readonly string[] = purposes;
  return sweepKindRecords.flatMap(({ name, methods }) =>
    methods.some((purpose) => all.includes(purpose)) ? [name] : [],
  );
}

/** Numbers of a model. */
export const parametersOf = (config: Base['config']): number =>
  baseParameters(config).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);

function viewBase({ name, config, sha256, provenance }: Base): BaseView {
  return {
    name,
    architecture: config.architecture,
    parameters: parametersOf(config),
    layers: config.layers,
    width: config.width,
    input: modelInput(config),
    writes: writesTokens(config),
    targets: layerNames(config),
    sha256,
    provenance,
  };
}
