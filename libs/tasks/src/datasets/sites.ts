/**
 * @file Data sets whose examples lie with workers. At each site its file is read and kept there, and a card says its name, counts and
 * digest; the cards of all sites make the data set, which holds no example.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  type DatasetReport,
  isStorable,
  type PerSplit,
  type SplitName,
  splitNames,
  unstorable,
} from '@rankforge/contracts';
import type { Split } from '@rankforge/peft';
import { z } from 'zod';
import { DatasetError } from './dataset-error.js';
import type { ReadOptions } from './example.js';
import { PublicKey } from './site-keys.js';
import { type DatasetHead, loadDataset, type SiteOfData, type StoredExample, writeDataset } from './stored.js';

/** The field of the examples by which a federation divides them. */
export const siteField = 'site';

const count = z.int().positive();

/** Facts that are told of a site. */
export const SiteCard = z.strictObject({
  format: z.literal('rankforge-site-1'),
  site: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]{0,99}$/, 'expected letters, digits, dots, dashes and underscores, e.g. north'),
  objective: z.string(),
  /** Names in the order of their ids. */
  classes: z.array(z.string().refine(isStorable, unstorable)).min(2),
  /** Digest of the file that the site keeps. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected a sha256 in hex'),
  /** The key by which it masks its messages. Absent: it sends them in the clear. */
  publicKey: PublicKey.optional(),
  examples: z.strictObject({ train: count, validation: count, test: count }),
});
export type SiteCard = z.infer<typeof SiteCard>;

/** Reads the cards of all sites, one a line, and keeps a data set without an example. */
export async function importCards(
  rows: AsyncIterable<{ where: string; cells: Readonly<Record<string, unknown>> }>,
  { source }: Pick<ReadOptions, 'source'>,
  out: string | undefined,
): Promise<{ head: DatasetHead; report: DatasetReport; rows: [] }> {
  const cards = new Map<string, SiteCard>();
  let first: SiteCard | undefined;
  for await (const { where, cells } of rows) {
    const refused = (problem: string) => new DatasetError(source.name, where, '/file', problem);
    const read = SiteCard.safeParse(cells);
    if (!read.success) {
      const [{ path, message }] = read.error.issues as [z.core.$ZodIssue];
      throw refused(`no card of a site, as rankforge site prepare prints it: ${[...path, message].join(': ')}`);
    }
    const card = read.data;
    first ??= card;
    if (cards.has(card.site)) throw refused(`site ${card.site} has a card already; each has one`);
    for (const field of ['objective', 'classes'] as const) {
      if (isDeepStrictEqual(card[field], first[field])) continue;
      const [own, other] = [card, first].map((of) => [of[field]].flat().join(', '));
      throw refused(`${field} of ${card.site}: ${own}; of ${first.site}: ${other}; they must be alike`);
    }
    cards.set(card.site, card);
  }
  if (cards.size < 2) {
    throw new DatasetError(source.name, undefined, '/file', `cards of two sites or more are needed, got ${cards.size}`);
  }
  const sites = Array.from(
    cards.values(),
    ({ site: name, sha256, publicKey, examples }): SiteOfData => ({
      name,
      sha256,
      ...(publicKey !== undefined && { publicKey }),
      examples,
    }),
  );
  const head: DatasetHead = {
    format: 'rankforge-dataset-1',
    objective: first!.objective as DatasetHead['objective'],
    classes: first!.classes,
    origins: { [siteField]: sites.map(({ name }) => name) },
    sites,
  };
  if (out !== undefined) await writeDataset(out, head, { source, examples: [], sides: [] });
  const sum = (side: SplitName) => sites.reduce((total, { examples }) => total + examples[side], 0);
  return {
    head,
    report: {
      examples: Object.fromEntries(splitNames.map((side) => [side, sum(side)])) as PerSplit,
      classes: null,
      numbers: null,
      duplicates: { search: 'none', examples: 0, acrossSplits: 0, pairs: [] },
    },
    rows: [],
  };
}

/**
 * The splits of a data set of sites. Units of the sites whose files are here can be assembled; of the others no more is known than how
 * many there are.
 *
 * @param files by the site's name
 * @param make how examples become units
 * @throws Error for a file that is not the one of the card
 */
export async function splitsOfSites(
  { task, sites }: { task: string; sites: readonly SiteOfData[] },
  files: ReadonlyMap<string, string>,
  make: (examples: readonly StoredExample[]) => Split,
): Promise<Record<SplitName, Split>> {
  const held = new Map<string, Record<SplitName, Split>>();
  for (const { name, sha256 } of sites) {
    const file = files.get(name);
    if (file === undefined) continue;
    const found = await digestOf(file).catch((cause: Error) => {
      throw new Error(`${task}/${name}: its file cannot be read: ${cause.message}`, { cause });
    });
    if (found !== sha256) {
      const was = `its file has the digest ${found.slice(0, 12)}, and its card ${sha256.slice(0, 12)}`;
      throw new Error(`${task}/${name}: ${was}: put the file back, or prepare the site and add the data set anew`);
    }
    const { splits } = await loadDataset(file);
    held.set(name, { train: make(splits.train), validation: make(splits.validation), test: make(splits.test) });
  }
  const splitOf = (side: SplitName): Split =>
    sideBySide(
      sites.map(({ name, examples }) => ({ task, name, size: examples[side], split: held.get(name)?.[side] })),
    );
  return { train: splitOf('train'), validation: splitOf('validation'), test: splitOf('test') };
}

interface Part {
  task: string;
  name: string;
  size: number;
  /** Absent where its examples lie elsewhere. */
  split: Split | undefined;
}

/** Units of sites, one site after another. Those of one site are assembled at a time. */
function sideBySide(parts: readonly Part[]): Split {
  const units = parts.flatMap((part) => Array.from({ length: part.size }, (_, index) => ({ part, index })));
  const own = <T>(indices: readonly number[], use: (split: Split, own: readonly number[]) => T): T => {
    const wanted = indices.map((at) => {
      const unit = units[at];
      if (!unit) throw new RangeError(`there is no unit ${at}; there are ${units.length}`);
      return unit;
    });
    const of = [...new Set(wanted.map(({ part }) => part))];
    const [only] = of;
    if (of.length === 1 && only!.split) {
      return use(
        only!.split,
        wanted.map(({ index }) => index),
      );
    }
    const names = of.map(({ task, name }) => `${task}/${name}`).join(', ');
    throw new Error(`examples of ${names} were asked for, and those of a site lie with the worker that holds it`);
  };
  return {
    size: units.length,
    fields: { [siteField]: units.map(({ part }) => part.name) },
    batch: (indices) => own(indices, (split, at) => split.batch(at)),
    answers: (indices) => own(indices, (split, at) => split.answers?.(at) ?? split.batch(at)),
  };
}

/** The sha256 of a file, in hex. */
export async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
