/** @file Test examples of trials side by side: who has which right, what each says, and what is kept back. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { ComparedExamples, ExampleComparison } from '@rankforge/contracts';
import { ArtifactStore } from '@rankforge/db';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syllables } from './animals.js';
import { type ApiUnderTest, create, expectProblem, startApi, trialsOf } from './api-client.js';
import { playedTrials } from './played-trials.js';
import { addAnimals, animalsOnSides, type ScoredAnimals, scoreAnimals, trained } from './scored-animals.js';

let api: ApiUnderTest;
let lora: string;
let bitfit: string;
let unchosen: string;
let scorings: ScoredAnimals['scorings'];
let workerId: string;

beforeAll(async () => {
  api = await startApi();
  ({ lora, bitfit, unchosen, scorings, workerId } = await scoreAnimals(api));
});
afterAll(() => api?.stop());

const asked = (ids: readonly string[], query = '') =>
  api.get(`/v1/trials/examples?${ids.map((id) => `trial=${id}`).join('&')}${query}`);
const answered = async (ids: readonly string[], query = '') =>
  (await asked(ids, query).expect(200)).body as ComparedExamples;
const compared = async (ids: readonly string[], query = ''): Promise<ExampleComparison> => {
  const { compared, none } = await answered(ids, query);
  expect(none).toBeUndefined();
  return compared!;
};
const places = ({ items }: ExampleComparison) => items.map(({ place }) => place);

describe('two classifiers', () => {
  it('show how often who is right, with the exact test of McNemar', async () => {
    const { items: _, ...counts } = await compared([lora, bitfit], '&limit=0');
    expect(counts).toEqual({
      task: 'dataset:animals',
      split: 'test',
      metric: { name: 'accuracy', direction: 'maximize', range: [0, 1] },
      trials: [
        { id: lora, scoringId: scorings.get(lora), score: 0.75 },
        { id: bitfit, scoringId: scorings.get(bitfit), score: 0.4 },
      ],
      examples: 20,
      differ: 9,
      patterns: [
        { pattern: '10', examples: 8 },
        { pattern: '11', examples: 7 },
        { pattern: '00', examples: 4 },
        { pattern: '01', examples: 1 },
      ],
      // statsmodels: libs/stats/test/oracle/agreement.
      pairs: [
        { a: 0, b: 1, aAhead: 8, bAhead: 1, equal: 11, bothRight: 7, pValue: 0.0390625, adjustedPValue: 0.0390625 },
      ],
      found: 20,
    });
  });

  it('come with what each says and the text, those on which they differ first, page by page', async () => {
    const first = await compared([lora, bitfit], '&limit=10');
    expect(places(first)).toEqual([7, 8, 9, 10, 11, 12, 13, 14, 15, 0]);
    const text = (place: number) => animalsOnSides().split('\n')[1 + 50 + place]!.split('"')[1];
    const animal = (place: number) => (place % 2 === 0 ? 'cat' : 'dog');
    expect(first.items[0]).toEqual({
      place: 7,
      scores: [1, 0],
      said: [animal(7), animal(8)],
      fields: { text: text(7), label: animal(7) },
    });
    expect(first.items[8]).toMatchObject({ place: 15, scores: [0, 1], said: [animal(14), animal(15)] });
    expect(first.items[9]).toMatchObject({ place: 0, scores: [1, 1], said: ['cat', 'cat'] });
    expect(places(await compared([lora, bitfit], '&limit=10&from=10'))).toEqual([1, 2, 3, 4, 5, 6, 16, 17, 18, 19]);
  });

  it.each([
    ['differ', 9, 7],
    ['right', 7, 0],
    ['wrong', 4, 16],
    ['10', 8, 7],
    ['01', 1, 15],
  ])('list the examples that are asked for as %s', async (which, found, place) => {
    const page = await compared([lora, bitfit], `&which=${which}&limit=1`);
    expect([page.found, places(page)]).toEqual([found, [place]]);
    expect(page.examples).toBe(20);
  });

  it('answer to the ids of their scorings, the other way round', async () => {
    const { trials, pairs } = await compared([scorings.get(bitfit)!, lora], '&limit=0');
    expect(trials.map(({ scoringId }) => scoringId)).toEqual([scorings.get(bitfit), scorings.get(lora)]);
    expect(pairs[0]).toMatchObject({ aAhead: 1, bAhead: 8 });
  });

  it('leave out a trial that was not scored, and say so', async () => {
    const { compared: both, left } = await answered([lora, unchosen, bitfit], '&limit=0&which=10');
    expect(both?.trials.map(({ id }) => id)).toEqual([lora, bitfit]);
    expect(left).toEqual([
      { id: unchosen, reason: 'it was not scored on the test split, which only chosen configurations are' },
    ]);
  });
});

it('leaves out a trial whose scoring has not ended, and says its state', async () => {
  const { finish, untilTrials } = playedTrials(() => ({ api, workerId }));
  const { id } = await create(api, {
    ...{ task: 'dataset:animals', methods: [{ name: 'lora' }] },
    ...{ learningRate: [0.01], seed: [7] },
  });
  const [training] = await untilTrials(id, 'its training', ([only]) => only?.state === 'QUEUED');
  await finish(training!.id, trained(0.9));
  await untilTrials(id, 'its scoring', (trials) =>
    trials.some(({ kind, state }) => kind === 'score' && state === 'QUEUED'),
  );
  const { compared: both, left } = await answered([lora, training!.id, bitfit], '&limit=0');
  expect(both?.trials.map(({ id }) => id)).toEqual([lora, bitfit]);
  expect(left).toEqual([{ id: training!.id, reason: 'the state of its scoring on the test split is QUEUED' }]);
});

it('sorts scores that are not right or wrong by their distance, or by the lead of one', async () => {
  const apart = await compared([lora, bitfit], '&metric=macroF1&limit=3');
  expect(apart).toMatchObject({ patterns: null, differ: 20, found: 20 });
  expect(apart.pairs).toEqual([
    // Parts are 0.7 + at/100 and 0.7 + (19 - at)/50: LoRA is ahead from place 13 on.
    { a: 0, b: 1, aAhead: 7, bAhead: 13, equal: 0, bothRight: null, pValue: null, adjustedPValue: null },
  ]);
  expect(places(apart)).toEqual([0, 1, 2]);
  expect(apart.items[0]?.scores).toEqual([0.7, 1.08]);
  expect(apart.items[0]?.said).toBeUndefined();
  expect(places(await compared([lora, bitfit], `&metric=macroF1&limit=3&ahead=${lora}`))).toEqual([19, 18, 17]);
  expectProblem(await asked([lora, bitfit], '&metric=macroF1&which=right'), 400, 'validation', ['/which']);
});

describe('a request that has no answer', () => {
  it.each([
    ['one trial', () => [lora], '', ['/trial']],
    ['a pattern of three trials', () => [lora, bitfit], '&which=101', ['/which']],
    ['a metric of another task', () => [lora, bitfit], '&metric=perplexity', ['/metric']],
    [
      'a trial to sort by that is none of them',
      () => [lora, bitfit],
      '&ahead=0198b2a0-0000-7000-8000-000000000000',
      ['/ahead'],
    ],
  ])('gets a refusal for %s', async (_, ids, query, paths) => {
    expectProblem(await asked(ids(), query), 400, 'validation', paths);
  });

  it('says that fewer than two were scored, with the reason', async () => {
    const { compared: nothing, none, left } = await answered([lora, unchosen]);
    expect([nothing, none]).toEqual([null, 'Fewer than two of these trials were scored on the test split']);
    expect(left.map(({ id }) => id)).toEqual([unchosen]);
  });

  it('gets 404 for a trial that the project does not have', async () => {
    const missing = '0198b2a0-0000-7000-8000-000000000000';
    expect(expectProblem(await asked([lora, missing]), 404, 'not-found').detail).toContain(missing);
  });

  it('says so for windows of running text, and for trials of two tasks', async () => {
    const { id } = await create(api, { seed: [0, 1] });
    const [first, second] = await trialsOf(api, id);
    expect((await answered([first!.id, second!.id])).none).toBe(
      'moby-dick has no examples: it is scored on windows of running text',
    );
    expect((await answered([lora, first!.id])).none).toContain('dataset:animals and moby-dick');
  });
});

it('counts examples that lie at sites, and lists none', async () => {
  const { db } = api.platform;
  const { id, head } = await db.dataset.findFirstOrThrow({ where: { name: 'animals' } });
  const site = { name: 'north', sha256: '0'.repeat(64), examples: { train: 40, validation: 10, test: 20 } };
  await db.dataset.update({ where: { id }, data: { head: { ...(head as object), sites: [site] } } });
  expect(await compared([lora, bitfit])).toMatchObject({
    examples: 20,
    differ: 9,
    found: 0,
    items: [],
    withheld: 'The examples lie at their sites, and are not listed: nobody else reads them',
  });
  await db.dataset.update({ where: { id }, data: { head: head as object } });
});

it('shows the answers that procedures kept of their first questions', async () => {
  const { db, dataDir } = api.platform;
  const answered = (answer: string) => ({
    ...{ question: 'which animal?', right: ['cat'], answer, context: [], scores: { exactMatch: 1 } },
    nearest: { right: 'cat', shared: [] },
  });
  const head = { format: 'rankforge-answers-1', split: 'test', questions: 20, metric: 'exactMatch' };
  const lines = [head, ...Array.from({ length: 10 }, (_, place) => answered(`animal ${place}`))];
  const bytes = Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n'));
  const stored = await new ArtifactStore(join(dataDir, 'artifacts')).put(bytes);
  const trialId = scorings.get(bitfit)!;
  const { id } = await db.artifact.create({ data: { id: randomUUID(), trialId, kind: 'answers', step: 0, ...stored } });
  const { items } = await compared([lora, bitfit], '&limit=5');
  expect(items.map(({ place, said }) => [place, said])).toEqual([
    [7, [null, 'animal 7']],
    [8, [null, 'animal 8']],
    [9, [null, 'animal 9']],
    [10, [null, null]],
    [11, [null, null]],
  ]);
  await db.artifact.delete({ where: { id } });
});

describe('data that is not as it was', () => {
  it('stays unseen where a data set of the name has other examples', async () => {
    const { db } = api.platform;
    const { id, sha256 } = await db.dataset.findFirstOrThrow({ where: { name: 'animals' } });
    const other = await addAnimals(api, 'others', animalsOnSides().replaceAll(syllables[0]!, 'xi'));
    await db.dataset.update({ where: { id }, data: { sha256: other } });
    const { withheld, items, found } = await compared([lora, bitfit]);
    expect(withheld).toContain('dataset:animals was changed since these trials');
    expect(found).toBe(20);
    expect(items.every(({ fields, said }) => fields === undefined && said === undefined)).toBe(true);
    await db.dataset.update({ where: { id }, data: { sha256 } });
  });

  it('differs, as the reason says, from a file that is gone', async () => {
    const { db, dataDir } = api.platform;
    // What was read is kept by its hash: another hash asks for the file.
    const { id, sha256 } = await db.dataset.findFirstOrThrow({ where: { name: 'animals' } });
    const gone = '0'.repeat(64);
    expect(await new ArtifactStore(join(dataDir, 'artifacts')).size(gone)).toBeUndefined();
    await db.dataset.update({ where: { id }, data: { sha256: gone } });
    await db.$executeRaw`UPDATE "Trial" SET "spec" = jsonb_set("spec", '{dataset}', to_jsonb(${gone}::text)) WHERE "task" = 'dataset:animals'`;
    const ids = [...scorings.values()];
    expect((await compared(ids, '&limit=0')).examples).toBe(20);
    expect((await compared(ids)).withheld).toBe('The examples of this data set are not in the artifact store');
    await db.dataset.update({ where: { id }, data: { sha256 } });
    await db.$executeRaw`UPDATE "Trial" SET "spec" = jsonb_set("spec", '{dataset}', to_jsonb(${sha256}::text)) WHERE "task" = 'dataset:animals'`;
  });
});
