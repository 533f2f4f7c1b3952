/** @file Data sets whose examples lie at sites: what a card tells, what the data set holds, and who can load what. */
import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { divide } from '@rankforge/federated';
import { describe, expect, it } from 'vitest';
import { keepSiteKey, requireClear } from '../src/datasets/site-keys.js';
import { importDataset, openDatasetTask, prepareSite, siteSecret } from '../src/index.js';
import { decode, encode, examplesOf } from './support/bytes.js';
import { useFolder } from './support/dataset-files.js';

const files = useFolder();
const mapping = { objective: 'classification', text: 'body', label: 'kind', classes: ['ham', 'spam'] };
const split = {
  by: 'column',
  column: 'split',
  values: { train: 'train', validation: 'validation', test: 'test' },
} as const;
const options = { encode, decode, sequenceLength: 32 };

/** Rows of a site, each of which holds the site's marker; `north` has one class alone. */
const rowsOf = (site: string, size: number) =>
  Array.from({ length: size }, (_, index) => ({
    body: `${site} keeps letter ${'abcdefghijkl'[index]} ${index}`,
    kind: site === 'north' || index % 2 === 0 ? 'ham' : 'spam',
    split: (['train', 'train', 'validation', 'test'] as const)[index % 4]!,
  }));

async function prepared(site: string, size: number, more: object = {}) {
  const path = files.at(`${site}.rows.jsonl`);
  await writeFile(
    path,
    rowsOf(site, size)
      .map((row) => JSON.stringify(row))
      .join('\n'),
  );
  const kept = files.at(`${site}.${crypto.randomUUID()}.jsonl`);
  const source = { path, name: `${site}.jsonl` };
  const { card, report } = await prepareSite({ site, source, format: 'jsonl', mapping, split, ...more }, kept);
  return { card, report, kept };
}

async function imported(cards: readonly object[]) {
  const path = files.at(`${crypto.randomUUID()}.cards.jsonl`);
  await writeFile(path, cards.map((card) => JSON.stringify(card)).join('\n'));
  const out = files.at(`${crypto.randomUUID()}.kept.jsonl`);
  const source = { path, name: 'cards.jsonl' };
  const result = await importDataset(
    { source, format: 'sites', mapping: { objective: 'classification', text: 'text', label: 'label' }, split },
    out,
  );
  return { ...result, out };
}

describe('a data set of sites', () => {
  it('holds names, counts and digests, and no example', async () => {
    const [north, east] = [await prepared('north', 8), await prepared('east', 12)];
    expect(north.card).toEqual({
      format: 'rankforge-site-1',
      site: 'north',
      objective: 'classification',
      classes: ['ham', 'spam'],
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      publicKey: expect.stringMatching(/^[\w-]{43}$/),
      examples: { train: 4, validation: 2, test: 2 },
    });
    const { head, report, rows, out } = await imported([north.card, east.card]);
    expect(report).toEqual({
      examples: { train: 10, validation: 5, test: 5 },
      classes: null,
      numbers: null,
      duplicates: { search: 'none', examples: 0, acrossSplits: 0, pairs: [] },
    });
    expect(rows).toEqual([]);
    expect(head.origins).toEqual({ site: ['north', 'east'] });
    const kept = await readFile(out, 'utf8');
    expect(kept).toContain(east.card.sha256);
    expect(kept).not.toMatch(/keeps letter/);
    expect(await readFile(east.kept, 'utf8')).toMatch(/east keeps letter a 0/);
  });

  it('loads the examples of a site where its file is, and of others how many there are', async () => {
    const [north, east] = [await prepared('north', 8), await prepared('east', 12)];
    const { out } = await imported([north.card, east.card]);
    const task = await openDatasetTask('dataset:mail', 'f'.repeat(64), out, new Map([['east', east.kept]]));
    expect(task).toMatchObject({ sites: ['north', 'east'], outputs: 2 });
    const { train, test } = await task.load(options);
    const parts = divide(train, { by: 'field', field: 'site' });
    expect([...parts].map(([name, { length }]) => [name, length])).toEqual([
      ['north', 4],
      ['east', 6],
    ]);
    const own = { size: 6, batch: (indices: readonly number[]) => train.batch(indices.map((index) => index + 4)) };
    expect(examplesOf(own).map(({ text }) => text)[1]).toBe('east keeps letter b 1');
    expect([...train.answers!([4, 5]).targets]).toEqual([0, 1]);
    expect(test.size).toBe(5);
    expect(() => train.batch([0])).toThrow(
      'examples of dataset:mail/north were asked for, and those of a site lie with the worker that holds it',
    );
    expect(() => train.batch([3, 4])).toThrow('examples of dataset:mail/north, dataset:mail/east were asked for');
  });

  it('refuses a file that is not the one of the card', async () => {
    const [north, east] = [await prepared('north', 8), await prepared('east', 12)];
    const { out } = await imported([north.card, east.card]);
    const loading = async (file: string) =>
      (await openDatasetTask('dataset:mail', 'f'.repeat(64), out, new Map([['east', file]]))).load(options);
    await expect(loading(north.kept)).rejects.toThrow(
      `dataset:mail/east: its file has the digest ${north.card.sha256.slice(0, 12)}, and its card ${east.card.sha256.slice(0, 12)}`,
    );
    await expect(loading(files.at('gone.jsonl'))).rejects.toThrow('dataset:mail/east: its file cannot be read: ENOENT');
  });

  it('refuses cards that do not go together, with the line', async () => {
    const { card } = await prepared('north', 8);
    const other = { ...card, site: 'east' };
    const refused = (...cards: object[]) => expect(imported(cards)).rejects;
    await refused(card).toThrow('cards.jsonl: cards of two sites or more are needed, got 1');
    await refused(card, card).toThrow('cards.jsonl, line 2: site north has a card already');
    const [some, same] = [
      ['a, b', 'c'],
      ['a', 'b, c'],
    ].map((classes) => ({ ...card, classes }));
    await refused(some!, { ...same!, site: 'east' }).toThrow('they must be alike');
    await refused(card, { ...other, classes: ['spam', 'ham'] }).toThrow(
      'cards.jsonl, line 2: classes of east: spam, ham; of north: ham, spam; they must be alike',
    );
    await refused(card, { text: 'a letter' }).toThrow('cards.jsonl, line 2: no card of a site');
    await refused(card, { ...other, note: 'more than a card tells' }).toThrow(/line 2: no card of a site.*note/);
  });

  it('asks a site for its classes, and for an objective whose examples stand alone', async () => {
    const { classes: _, ...unnamed } = mapping;
    await expect(prepared('east', 12, { mapping: unnamed })).rejects.toThrow('name the classes');
    const regression = { objective: 'regression', text: 'body', label: 'kind' };
    await expect(prepared('east', 12, { mapping: regression })).rejects.toThrow(
      'of texts with a class alone may examples lie at sites, got regression',
    );
    await expect(prepared('the east', 12)).rejects.toThrow('the site "the east": expected letters');
  });

  it('knows the keys of its sites where all have one, and a site its own secret', async () => {
    const [north, east] = [await prepared('north', 8), await prepared('east', 12)];
    const { out } = await imported([north.card, east.card]);
    const opened = (kept: string) => openDatasetTask('dataset:mail', 'f'.repeat(64), kept);
    const keys = { north: north.card.publicKey, east: east.card.publicKey };
    expect((await opened(out)).siteKeys).toEqual(keys);
    const { publicKey: _, ...keyless } = east.card;
    expect((await opened((await imported([north.card, keyless])).out)).siteKeys).toBeUndefined();

    const secret = await siteSecret('dataset:mail/north', north.kept, keys as Record<string, string>);
    const pair = { kty: 'OKP', crv: 'X25519', d: Buffer.from(secret).toString('base64url'), x: keys.north! };
    const other = generateKeyPairSync('x25519');
    // Two who agree on a secret have the pairs that they seem to have.
    const own = createPrivateKey({ format: 'jwk', key: pair });
    const theirs = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'X25519', x: keys.north! } });
    expect(diffieHellman({ privateKey: own, publicKey: other.publicKey })).toEqual(
      diffieHellman({ privateKey: other.privateKey, publicKey: theirs }),
    );
    expect((await stat(`${north.kept}.key`)).mode & 0o777).toBe(0o600);
  });

  it('keeps the key of a site that is prepared again, and refuses a secret that is not of its card', async () => {
    const kept = files.at('again.jsonl');
    const first = await keepSiteKey(kept);
    expect(await keepSiteKey(kept)).toBe(first);
    const other = await keepSiteKey(files.at('other.jsonl'));
    expect(other).not.toBe(first);
    await expect(siteSecret('dataset:mail/north', kept, { north: other })).rejects.toThrow(
      `dataset:mail/north: the secret in ${kept}.key is not of the key on its card`,
    );
    await expect(siteSecret('dataset:mail/north', files.at('no.jsonl'), { north: other })).rejects.toThrow(
      'dataset:mail/north: the secret beside its file cannot be read: ENOENT',
    );
    await writeFile(`${kept}.key`, 'no key');
    await expect(keepSiteKey(kept)).rejects.toThrow(`${kept}.key holds no private key`);
    await writeFile(`${kept}.key`, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await expect(keepSiteKey(kept)).rejects.toThrow(`${kept}.key holds a key for Ed25519, expected X25519`);
  });

  it('masks by no key that is not of a card, where a site has the cards of all', async () => {
    const [north, east] = [await prepared('north', 8), await prepared('east', 12)];
    const keys = { north: north.card.publicKey!, east: east.card.publicKey! };
    const asked = (given: Record<string, string>) => siteSecret('dataset:mail/north', north.kept, given);
    const cards = (...lines: string[]) => writeFile(`${north.kept}.cards`, lines.join('\n'));
    const [first, second] = [north.card, east.card].map((card) => JSON.stringify(card));
    await requireClear('dataset:mail/north', north.kept);
    await cards(first!, second!, '');
    expect(await asked(keys)).toHaveLength(32);
    await expect(requireClear('dataset:mail/north', north.kept)).rejects.toThrow(
      `dataset:mail/north sends no message in the clear, since it has ${north.kept}.cards: set secureAggregation`,
    );
    const forged = await keepSiteKey(files.at('forged.jsonl'));
    await expect(asked({ ...keys, east: forged })).rejects.toThrow(
      `dataset:mail/north: the key of east in the data set is not the one of its card in ${north.kept}.cards`,
    );
    await expect(asked({ ...keys, west: forged })).rejects.toThrow(
      'the data set names the site west, which has no card',
    );
    await cards(first!, 'east');
    await expect(asked(keys)).rejects.toThrow(`line 2 of ${north.kept}.cards is no card with a key`);
  });
});
