/** @file Name, tags and note of a sweep: given, changed, found, and no part of what is computed. */
import type { AuditPage, ChangeSweep, Role, SweepActionResult, SweepPage, SweepTagList } from '@rankforge/contracts';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, create, expectProblem, startApi, sweep, trialsOf } from './api-client.js';

let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const patch = (id: string, body: ChangeSweep, role: Role = 'submitter') =>
  supertest(api.api.url).patch(`/v1/sweeps/${id}`).set('authorization', `Bearer ${api.platform.keys[role]}`).send(body);

const changed = async (id: string, body: ChangeSweep) => (await patch(id, body).expect(200)).body as SweepActionResult;

const namesOf = async (query: string) =>
  ((await api.get(`/v1/sweeps?${query}`).expect(200)).body as SweepPage).items.map(({ name }) => name);

describe('tags and a note', () => {
  it('come with the request, tags in one spelling and each once', async () => {
    const made = await create(api, { tags: [' Paper  Draft ', 'b', 'paper draft'], note: ' first\r\ntry \n' });
    expect(made).toMatchObject({ tags: ['b', 'paper draft'], note: 'first\ntry' });
    expect(await create(api, { note: '  ' })).toMatchObject({ tags: [], note: null });
  });

  it('change neither the request nor its hash nor the keys of trials', async () => {
    const labelled = { tags: ['kept'], note: 'about it' };
    const submit = (labels: object) =>
      api
        .post('/v1/sweeps', sweep(api.base, { seed: [10], ...labels }))
        .set('idempotency-key', 'labelled')
        .expect(201);
    const first = (await submit(labelled)).body;
    expect(first.spec).not.toHaveProperty('tags');
    expect(first.spec).not.toHaveProperty('note');
    // The same request under the key makes no other sweep, and changes nothing of the first.
    expect((await submit({ note: 'another' })).body).toMatchObject({ id: first.id, ...labelled });
    const bare = await create(api, { seed: [10] });
    const rows = await api.platform.db.sweep.findMany({ where: { id: { in: [first.id, bare.id] } } });
    expect(new Set(rows.map(({ requestHash }) => requestHash)).size).toBe(1);
    const keys = await Promise.all([first.id, bare.id].map(async (id) => (await trialsOf(api, id))[0]!.key));
    expect(new Set(keys).size).toBe(1);
  });

  it('keep to their bounds', async () => {
    const refused = async (labels: object, paths: string[]) =>
      expectProblem(await api.post('/v1/sweeps', sweep(api.base, labels)), 400, 'validation', paths);
    await refused({ tags: ['a,b'] }, ['/tags/0']);
    await refused({ tags: [' '] }, ['/tags/0']);
    await refused({ tags: ['x'.repeat(41)] }, ['/tags/0']);
    await refused({ tags: Array.from({ length: 17 }, (_, at) => `tag ${at}`) }, ['/tags']);
    await refused({ note: 'x'.repeat(2001) }, ['/note']);
  });

  it('go along with a clone, but for the note, which is of one sweep', async () => {
    const { id } = await create(api, { tags: ['series'], note: 'the first of it' });
    const { sweep: clone } = (await api.post(`/v1/sweeps/${id}/clone`).expect(201)).body as SweepActionResult;
    expect(clone).toMatchObject({ tags: ['series'], note: null });
  });
});

describe('a change of name, tags and note', () => {
  it('succeeds in any state, field by field, and once', async () => {
    const { id } = await create(api, { name: 'before', tags: ['a', 'b'], note: 'old' });
    expect(await changed(id, { name: ' after ' })).toMatchObject({
      changed: 1,
      sweep: { name: 'after', tags: ['a', 'b'], note: 'old' },
    });
    await api.post(`/v1/sweeps/${id}/cancel`).expect(200);
    expect((await changed(id, { addTags: ['C', 'a'], removeTags: ['b', 'none'] })).sweep.tags).toEqual(['a', 'c']);
    expect((await changed(id, { tags: ['z'] })).sweep.tags).toEqual(['z']);
    expect((await changed(id, { note: '' })).sweep.note).toBeNull();
    expect((await changed(id, { name: 'after', tags: ['z'], note: null })).changed).toBe(0);
    expect((await api.get(`/v1/sweeps/${id}`)).body).toMatchObject({ name: 'after', spec: { name: 'after' } });
  });

  it('adds every tag of requests that arrive together', async () => {
    const { id } = await create(api);
    const tags = Array.from({ length: 8 }, (_, at) => `t${at}`);
    await Promise.all(tags.map((tag) => changed(id, { addTags: [tag] })));
    expect((await api.get(`/v1/sweeps/${id}`)).body.tags).toEqual(tags);
  });

  it('needs a field, one meaning of tags, and no more tags than a sweep has', async () => {
    const { id } = await create(api, { tags: Array.from({ length: 16 }, (_, at) => `tag ${at}`) });
    expectProblem(await patch(id, {}), 400, 'validation');
    expectProblem(await patch(id, { tags: ['a'], addTags: ['b'] }), 400, 'validation', ['/tags']);
    const many = expectProblem(await patch(id, { addTags: ['one more'] }), 400, 'validation', ['/addTags']);
    expect(many.detail).toContain('16 tags at most, and this one would have 17');
    expect((await changed(id, { addTags: ['one more'], removeTags: ['tag 0'] })).changed).toBe(1);
    const nobody = '0198b2a0-0000-7000-8000-000000000000';
    expectProblem(await patch(nobody, { name: 'x' }), 404, 'not-found');
  });

  it('takes a key that may submit in the project, and stands in the audit trail', async () => {
    const { id } = await create(api, { name: 'ours' });
    expectProblem(await patch(id, { name: 'theirs' }, 'viewer'), 403, 'forbidden');
    await changed(id, { name: 'ours still' });
    const { items } = (await api.get(`/v1/audit?subject=${id}&limit=1`, 'admin').expect(200)).body as AuditPage;
    expect(items).toMatchObject([
      { action: 'sweep.change', actor: 'test submitter', subject: id, detail: { name: 'ours still' } },
    ]);
  });
});

describe('the list of sweeps', () => {
  it('finds sweeps by tags, all of which they have, and by a text in their notes and tags', async () => {
    await create(api, { name: 'one', tags: ['list', 'red_x'], note: 'Widest of ALL' });
    await create(api, { name: 'two', tags: ['list', 'blue'] });
    expect(await namesOf('tag=LIST')).toEqual(['two', 'one']);
    expect(await namesOf('tag=list&tag=blue')).toEqual(['two']);
    expect(await namesOf('tag=list&tag=blue&tag=red_x')).toEqual([]);
    expect(await namesOf('tag=lis')).toEqual([]);
    expect(await namesOf('search=widest+of')).toEqual(['one']);
    expect(await namesOf('search=ED_X')).toEqual(['one']);
    expect(await namesOf('search=red%25')).toEqual([]);
  });

  it('says which tags there are, the most used ones first, without those of removed sweeps', async () => {
    const { id } = await create(api, { tags: ['going'] });
    await api.post(`/v1/sweeps/${id}/cancel`).expect(200);
    const tags = async () => ((await api.get('/v1/sweeps/tags').expect(200)).body as SweepTagList).tags;
    expect(await tags()).toContainEqual({ tag: 'going', sweeps: 1 });
    await api.delete(`/v1/sweeps/${id}`).expect(200);
    const left = await tags();
    expect(left).not.toContainEqual({ tag: 'going', sweeps: 1 });
    expect(left.map(({ sweeps }) => sweeps)).toEqual(left.map(({ sweeps }) => sweeps).sort((a, b) => b - a));
    expect(left.find(({ tag }) => tag === 'list')?.sweeps).toBe(2);
  });
});
