/** @file The split of every example, and which examples are like one on another side. */
import { createHash } from 'node:crypto';
import {
  cutText,
  type DatasetReport,
  type DatasetSplit,
  type SplitName,
  splitNames,
  storable,
} from '@rankforge/contracts';
import { groupNearDuplicates, normalise } from '../text/near-duplicates.js';
import { equalGroups, NEAR_DUPLICATE, sidesOfGroups } from '../text/split.js';
import { askedIn } from './conversations.js';
import { DatasetError } from './dataset-error.js';
import { equalRows } from './equal-rows.js';
import type { Example } from './example.js';
import type { Fields } from './fields.js';
import { limits, type Source } from './source.js';
import { stratifiedSides } from './stratify.js';

export interface Divided {
  sides: SplitName[];
  duplicates: DatasetReport['duplicates'];
  /** Rows that are the same to the letter. */
  equal: Pick<DatasetReport, 'repeated' | 'contradictions'>;
}

/** Pairs that a report shows. */
const shownPairs = 20;
const shownCharacters = 160;

/** @throws DatasetError when a split is left empty */
export function divide(examples: readonly Example[], split: DatasetSplit, source: Source): Divided {
  const { image, rows } = examples[0]?.fields ?? {};
  const isDigested = image !== undefined || rows?.[0]?.features !== undefined;
  const texts = examples.map(({ fields }) => contentOf(fields));
  const near = !isDigested && examples.length <= limits.nearDuplicates;
  const contents = isDigested ? texts : texts.map(normalise);
  const groups = near ? groupNearDuplicates(texts, NEAR_DUPLICATE) : equalGroups(contents);
  const labels = examples.flatMap(({ fields }) => fields.label ?? []);
  if (split.by === 'hash' && split.stratified && labels.length < examples.length) {
    const problem = 'only a split of classes can be stratified: leave it out';
    throw new DatasetError(source.name, undefined, '/split/stratified', problem);
  }
  const sides =
    split.by !== 'hash'
      ? examples.map(({ side }) => side!)
      : split.stratified
        ? stratifiedSides({ contents, groups, labels }, split, split.seed ?? 0)
        : sidesOfGroups(contents, groups, split);
  if (split.by === 'time') {
    throw new DatasetError(source.name, undefined, '/split', 'only rows of users and items have times to split by');
  }
  const empty = splitNames.find((name) => !sides.includes(name));
  if (empty !== undefined) throw emptySplit(empty, examples.length, new Set(groups).size, split, source);
  return {
    sides,
    duplicates: { search: near ? 'near' : 'exact', ...across(examples, groups, sides) },
    equal: equalRows(examples, texts),
  };
}

/** What makes two examples the same question; the answer is left out. */
function contentOf({ text, prompt, query, rows, image, messages }: Fields): string {
  if (messages) return askedIn(messages);
  if (rows?.[0]?.features) {
    const digest = createHash('sha256');
    for (const { features } of rows) digest.update(features!);
    return digest.digest('hex');
  }
  if (image) return createHash('sha256').update(image.pixels).digest('hex');
  return query ?? text ?? prompt ?? '';
}

function across(examples: readonly Example[], groups: readonly number[], sides: readonly SplitName[]) {
  // For each group the first example on each side.
  const seen = new Map<number, Partial<Record<SplitName, number>>>();
  groups.forEach((group, index) => {
    const firsts = seen.get(group) ?? {};
    firsts[sides[index]!] ??= index;
    seen.set(group, firsts);
  });
  const pairs: DatasetReport['duplicates']['pairs'] = [];
  let acrossSplits = 0;
  groups.forEach((group, index) => {
    const earlier = splitNames.slice(0, splitNames.indexOf(sides[index]!));
    const other = earlier.map((side) => seen.get(group)![side]).find((found) => found !== undefined);
    if (other === undefined) return;
    acrossSplits++;
    if (pairs.length === shownPairs) return;
    const both = [examples[other]!, examples[index]!] as const;
    pairs.push({
      splits: [sides[other]!, sides[index]!],
      rows: [both[0].where, both[1].where],
      texts: [shown(both[0].fields), shown(both[1].fields)],
    });
  });
  return { examples: groups.length - new Set(groups).size, acrossSplits, pairs };
}

/** The report is kept by a database. */
function shown({ text, prompt, query, label, messages }: Fields): string {
  const asked = messages && askedIn(messages);
  return storable(cutText(query ?? text ?? prompt ?? asked ?? label ?? '', shownCharacters));
}

function emptySplit(name: SplitName, examples: number, groups: number, split: DatasetSplit, source: Source) {
  const problem =
    split.by === 'column'
      ? `no row is in the ${name} split; the column must name all three`
      : `the split leaves no ${name} example: ${examples} examples, ${groups} of them unlike each other ` +
        '(numbers count as alike); add examples, raise the share, or split by a column';
  return new DatasetError(source.name, undefined, '/split', problem);
}
