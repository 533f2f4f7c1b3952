import { betterFirst, type Direction } from './order.js';

/** What one run (configuration and seed) left. */
export interface SeedResult {
  seed: number;
  /** The look at the board after which the seed was added. Default 0: it was there at the first look. */
  look?: number;
  /** Validation score of the run, on the metric's own scale. */
  validation: number;
  /**
   * Test scores where the run has been scored: those of each example, in the order of the test split, or the score of all alone, on the
   * scale of the board, where nobody tells its examples.
   */
  test?: { examples: ArrayLike<number> } | { score: number };
}

/** A configuration of a method with the runs that finished. */
export interface Configuration {
  /** Identity of the configuration without its seed; also the last tie break. */
  key: string;
  /** What competes on the board. */
  method: string;
  seeds: readonly SeedResult[];
  /** It trains nothing, so that luck of the seed is nothing that its one run could have. Default: false. */
  seedless?: boolean;
}

/** The configuration that stands for a method. */
export interface Selection<C extends Configuration = Configuration> {
  method: string;
  configuration: C;
  /** Mean over seeds. */
  validation: number;
  /** Configurations of the method that were in the running. */
  candidates: number;
}

/**
 * Chooses one configuration per method by its mean validation score over seeds; test scores are not read.
 * Only configurations with as many finished seeds as the method's fullest one are candidates, so that a lucky single
 * seed does not win over a repeated one. Ties go to the smaller key. Methods come back in the order they first appear;
 * a method none of whose runs finished is left out.
 *
 * @example
 * selectPerMethod([{ key: 'a', method: 'lora', seeds: [{ seed: 0, validation: 3 }] },
 *                  { key: 'b', method: 'lora', seeds: [{ seed: 0, validation: 2 }] }], 'minimize')
 * // [{ method: 'lora', configuration: { key: 'b', … }, validation: 2, candidates: 2 }]
 */
export function selectPerMethod<C extends Configuration>(rows: readonly C[], direction: Direction): Selection<C>[] {
  const better = betterFirst(direction);
  const selections: Selection<C>[] = [];
  for (const [method, configurations] of byMethod(rows)) {
    const fullest = Math.max(...configurations.map((row) => row.seeds.length));
    if (fullest === 0) continue;
    const candidates = configurations
      .filter((row) => row.seeds.length === fullest)
      .map((configuration) => ({ configuration, validation: meanValidation(configuration) }))
      .sort((a, b) => better(a.validation, b.validation) || compareKeys(a.configuration.key, b.configuration.key));
    selections.push({ method, ...candidates[0]!, candidates: candidates.length });
  }
  return selections;
}

function byMethod<C extends Configuration>(rows: readonly C[]): Map<string, C[]> {
  const groups = new Map<string, C[]>();
  for (const row of rows) {
    const group = groups.get(row.method);
    if (group) group.push(row);
    else groups.set(row.method, [row]);
  }
  return groups;
}

function meanValidation({ seeds }: Configuration): number {
  return seeds.reduce((sum, run) => sum + run.validation, 0) / seeds.length;
}

function compareKeys(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
