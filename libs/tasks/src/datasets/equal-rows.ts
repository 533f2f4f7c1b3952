/** @file Examples that are the same to the letter: with one answer they are repeated, with two they contradict each other. */
import { cutText, type DatasetReport, type PerSplit, type SplitName, storable } from '@rankforge/contracts';
import type { Example } from './example.js';
import { gathered, isSkewed } from './stratify.js';

/** Groups that a report names, the rows that it names of each, and the characters of a text. */
const most = { groups: 20, rows: 5, characters: 160 };

type Found = Pick<DatasetReport, 'repeated' | 'contradictions'>;

/**
 * @param contents what makes an example the question that it is, one for each; without its answer
 */
export function equalRows(examples: readonly Example[], contents: readonly string[]): Found {
  const repeated: NonNullable<Found['repeated']> = { rows: 0, texts: 0, first: [] };
  const contradictions: NonNullable<Found['contradictions']> = { rows: 0, texts: 0, first: [] };
  for (const members of gathered(contents.map((content) => content.trim())).values()) {
    if (members.length < 2) continue;
    const text = textOf(examples[members[0]!]!);
    const byAnswer = gathered(members.map((index) => answerOf(examples[index]!)));
    const answers = [...byAnswer.values()].map((own) => own.map((place) => members[place]!));
    const twice = answers.filter((own) => own.length > 1);
    if (twice.length > 0) {
      repeated.texts++;
      repeated.rows += twice.reduce((sum, own) => sum + own.length - 1, 0);
      if (repeated.first.length < most.groups) {
        const own = twice.flat();
        repeated.first.push({ text, count: own.length, rows: named(examples, own) });
      }
    }
    if (answers.length > 1 && hasOneAnswer(examples[members[0]!]!)) {
      contradictions.texts++;
      contradictions.rows += members.length;
      if (contradictions.first.length < most.groups) {
        const first = answers.slice(0, most.rows);
        contradictions.first.push({
          text,
          answers: first.map((own) => ({
            answer: shownAnswer(examples[own[0]!]!),
            count: own.length,
            rows: named(examples, own),
          })),
        });
      }
    }
  }
  return { ...(repeated.texts > 0 && { repeated }), ...(contradictions.texts > 0 && { contradictions }) };
}

/** Classes that the splits do not share alike, with the first rows of each. */
export function skewedClasses(
  examples: readonly Example[],
  sides: readonly SplitName[],
  classes: NonNullable<DatasetReport['classes']>,
): Pick<DatasetReport, 'skewed'> {
  const all: PerSplit = { train: 0, validation: 0, test: 0 };
  for (const side of sides) all[side]++;
  const skewed = classes
    .map(({ name, examples }) => ({ name, splits: isSkewed(examples, all) }))
    .filter(({ splits }) => splits.length > 0);
  if (skewed.length === 0) return {};
  const rowsOf = (label: string) => examples.flatMap(({ fields }, index) => (fields.label === label ? [index] : []));
  return {
    skewed: {
      classes: skewed.length,
      first: skewed
        .slice(0, most.groups)
        .map(({ name, splits }) => ({ name, splits, rows: named(examples, rowsOf(name)) })),
    },
  };
}

const named = (examples: readonly Example[], indices: readonly number[]): string[] =>
  indices.slice(0, most.rows).map((index) => examples[index]!.where);

/** A class or a number: a text cannot have two. Of answers and completions it may have several. */
const hasOneAnswer = ({ fields }: Example): boolean => fields.label !== undefined || fields.number !== undefined;

function answerOf({ fields }: Example): string {
  const { label, number, completion, answers, rows, messages } = fields;
  const graded = rows?.map(({ text, grade }) => [text, grade]);
  return JSON.stringify([label, number, completion, answers, graded, messages]);
}

const shownAnswer = ({ fields: { label, number } }: Example): string => label ?? String(number);

/** The report is kept by a database. */
const textOf = ({ fields: { query, text, prompt, image } }: Example): string =>
  image ? 'an image' : storable(cutText(query ?? text ?? prompt ?? '', most.characters));
