/** @file A split that has the classes of the whole in each part, as far as groups of near-duplicates let it. */
import { createHash } from 'node:crypto';
import { type PerSplit, type SplitName, splitNames } from '@rankforge/contracts';
import { type Fractions, groupPlace } from '../text/split.js';

interface Group {
  /** Examples by their index. */
  members: number[];
  label: string;
  place: number;
}

/**
 * The split of every example: all of a group are on one side, and each class gives its share to validation and to test, rounded so that the
 * shares of all together are met. Within a class it is decided by a hash of the content, as in a split that heeds no classes: nothing
 * depends on the order of rows, and the same seed gives the same split on every machine.
 *
 * @param groups for each example the index of the first of its group
 * @param labels the class of each example; a group counts for the one that most of it have
 */
export function stratifiedSides(
  { contents, groups, labels }: { contents: readonly string[]; groups: readonly number[]; labels: readonly string[] },
  fractions: Fractions,
  seed: number,
): SplitName[] {
  const sides = new Array<SplitName>(groups.length).fill('train');
  const before = { examples: 0, test: 0, validation: 0 };
  for (const ofClass of byClass(groupsOf({ contents, groups, labels }, seed))) {
    before.examples += ofClass.reduce((sum, { members }) => sum + members.length, 0);
    const waiting = [...ofClass].sort((a, b) => a.place - b.place);
    for (const side of ['test', 'validation'] as const) {
      const most = Math.round(before.examples * fractions[side]) - before[side];
      before[side] += fill(waiting, most, (index) => {
        sides[index] = side;
      });
    }
  }
  return sides;
}

/** Takes groups from the front while they come nearer to `most` examples; the last stays, so that the class is trained. */
function fill(waiting: Group[], most: number, put: (index: number) => void): number {
  let taken = 0;
  for (let at = 0; at < waiting.length && waiting.length > 1; ) {
    const { members } = waiting[at]!;
    if (taken >= most) break;
    if (taken + members.length - most > most - taken) {
      at++;
      continue;
    }
    members.forEach(put);
    taken += members.length;
    waiting.splice(at, 1);
  }
  return taken;
}

function groupsOf({ contents, groups, labels }: Parameters<typeof stratifiedSides>[0], seed: number): Group[] {
  return [...gathered(groups).values()].map((own) => ({
    members: own,
    label: commonest(own.map((index) => labels[index]!)),
    place: groupPlace(own.map((index) => seeded(contents[index]!, seed))),
  }));
}

/** Seed 0 leaves a content as it is, and so most examples where a split that heeds no classes puts them. */
const seeded = (content: string, seed: number): string =>
  seed === 0 ? content : createHash('sha256').update(`${seed}/${content}`).digest('hex');

/** Of several as common the one that sorts first. */
function commonest(labels: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))[0]![0];
}

const byClass = (groups: readonly Group[]): Group[][] =>
  [...gathered(groups.map(({ label }) => label))]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, own]) => own.map((index) => groups[index]!));

/** Places of each key, by key. */
export function gathered<K>(keys: readonly K[]): Map<K, number[]> {
  const places = new Map<K, number[]>();
  keys.forEach((key, index) => {
    const known = places.get(key);
    if (known) known.push(index);
    else places.set(key, [index]);
  });
  return places;
}

/** Classes of which a split has none or another share than chance gives: three standard deviations from its share of the whole. */
export function isSkewed(own: PerSplit, all: PerSplit): SplitName[] {
  const sum = ({ train, validation, test }: PerSplit) => train + validation + test;
  const share = sum(own) / sum(all);
  return splitNames.filter((side) => {
    const expected = all[side] * share;
    const deviation = Math.sqrt(expected * (1 - share));
    return (own[side] === 0 && all[side] > 0) || Math.abs(own[side] - expected) > 3 * deviation;
  });
}
