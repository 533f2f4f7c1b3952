/** @file Classes and numbers over the splits: what a head must know, and what would make it impossible to train. */
import { type DatasetReport, type PerSplit, type SplitName, splitNames } from '@rankforge/contracts';
import { trainedRows } from '@rankforge/peft';
import { DatasetError } from './dataset-error.js';
import { doubtfulClasses } from './doubtful-classes.js';
import type { Example, ReadOptions } from './example.js';
import { type Mapping, objectiveReading } from './mapping.js';
import type { Source } from './source.js';

export interface Answers {
  /** Names of the classes in the order of their ids. */
  classes?: string[];
  unit?: { mean: number; deviation: number };
  /** Rows of the largest unit, where units have several. */
  unitRows?: number;
  report: Pick<DatasetReport, 'classes' | 'doubtfulClasses' | 'numbers'>;
}

const mostClasses = 1000;

/**
 * @throws DatasetError for a class without examples, a class that training never sees, a label that no class has, numbers that do
 * not vary, or queries whose rows are all alike
 */
export function answersOf(
  examples: readonly Example[],
  sides: readonly SplitName[],
  { form, classes }: Mapping,
  { source, ofSite = false }: Pick<ReadOptions, 'source' | 'ofSite'>,
): Answers {
  const holds = new Set<string>(form.columns.map((column) => column.holds));
  if (holds.has('number')) return numbers(examples, sides, source);
  if (holds.has('grade')) return grades(examples, sides, source, form.searched === true);
  if (form.from !== 'images' && !holds.has('class')) return { report: { classes: null, numbers: null } };
  const counts = countClasses(examples, sides, classes, source);
  if (!ofSite) checkClasses(counts, examples, sides, source);
  const names = [...counts.keys()];
  const doubtful = doubtfulClasses(names);
  return {
    classes: names,
    report: {
      classes: [...counts].map(([name, found]) => ({ name, examples: found })),
      ...(doubtful && { doubtfulClasses: doubtful }),
      numbers: null,
    },
  };
}

/** Whole numbers by their values, so that a class of 0 … n has the id that is its name; other names as strings sort. */
function inOrder(names: readonly string[]): string[] {
  const sorted = [...names].sort();
  const isNumbered = sorted.every((name) => /^-?\d+$/.test(name));
  return isNumbered ? sorted.sort((one, other) => Number(one) - Number(other)) : sorted;
}

function countClasses(
  examples: readonly Example[],
  sides: readonly SplitName[],
  declared: readonly string[] | undefined,
  { name }: Source,
): Map<string, PerSplit> {
  const names = declared ?? inOrder([...new Set(examples.map(({ fields }) => fields.label!))]);
  if (names.length > mostClasses) {
    const problem = `${names.length} classes; at most ${mostClasses} are trained. For numbers choose the objective ${objectiveReading('number')}`;
    throw new DatasetError(name, undefined, '/mapping/label', problem);
  }
  const counts = new Map(names.map((label) => [label, { train: 0, validation: 0, test: 0 }]));
  examples.forEach(({ where, fields }, index) => {
    const count = counts.get(fields.label!);
    if (!count) {
      const problem = `class "${fields.label}" is none of ${names.slice(0, 20).join(', ')}`;
      throw new DatasetError(name, where, '/mapping/classes', problem);
    }
    count[sides[index]!]++;
  });
  return counts;
}

function checkClasses(
  counts: ReadonlyMap<string, PerSplit>,
  examples: readonly Example[],
  sides: readonly SplitName[],
  { name }: Source,
): void {
  if (counts.size < 2) {
    throw new DatasetError(
      name,
      undefined,
      '/mapping/label',
      `every row is of class "${[...counts.keys()][0]}"; two are needed`,
    );
  }
  for (const [label, { train, validation, test }] of counts) {
    if (train + validation + test === 0) {
      throw new DatasetError(
        name,
        `class "${label}"`,
        '/mapping/classes',
        'has no row; leave the class out or add rows',
      );
    }
    if (train > 0) continue;
    const index = examples.findIndex(({ fields }) => fields.label === label);
    const problem =
      `is in the ${sides[index]} split (${examples[index]!.where}) and never in train, so it cannot be learned; ` +
      'add rows of it, or split by a column that puts some into train';
    throw new DatasetError(name, `class "${label}"`, '/split', problem);
  }
}

function numbers(examples: readonly Example[], sides: readonly SplitName[], { name }: Source): Answers {
  const train = examples.flatMap(({ fields }, index) => (sides[index] === splitNames[0] ? [fields.number!] : []));
  const mean = train.reduce((sum, number) => sum + number, 0) / train.length;
  const deviation = Math.sqrt(train.reduce((sum, number) => sum + (number - mean) ** 2, 0) / train.length);
  const [smallest, largest] = train.reduce(([low, high], number) => [Math.min(low, number), Math.max(high, number)], [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ] as [number, number]);
  const refused = (problem: string) =>
    new DatasetError(name, undefined, '/mapping/label', `the numbers of the train split${problem}`);
  if (!Number.isFinite(deviation)) {
    throw refused(`, from ${smallest} to ${largest}, are too large to be scaled: divide them all by one number`);
  }
  // Rounding leaves a deviation of equal numbers.
  if (smallest === largest) throw refused(' do not vary (deviation 0)');
  return { unit: { mean, deviation }, report: { classes: null, numbers: { mean, deviation, smallest, largest } } };
}

function grades(
  examples: readonly Example[],
  sides: readonly SplitName[],
  { name }: Source,
  searched: boolean,
): Answers {
  const trained = examples.filter((_, index) => sides[index] === splitNames[0]);
  const teaches = ({ fields: { rows } }: Example) =>
    searched ? rows!.some(({ grade }) => grade > 0) : rows!.some(({ grade }) => grade !== rows![0]!.grade);
  if (!trained.some(teaches)) {
    const problem = searched
      ? 'no query of the train split has a relevant document, so there is none to learn to find'
      : 'no query of the train split has rows of different grades, so there is no order to learn';
    throw new DatasetError(name, undefined, '/mapping/grade', problem);
  }
  // A query that searches is a row of its own, and training reads some of the others.
  const rowsOf = ({ fields }: Example) =>
    searched ? 1 + trainedRows({ rows: fields.rows! }).length : fields.rows!.length;
  const unitRows = (searched ? trained : examples).reduce((most, example) => Math.max(most, rowsOf(example)), 1);
  return { unitRows, report: { classes: null, numbers: null } };
}
