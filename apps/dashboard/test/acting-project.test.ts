import { Me } from '@rankforge/contracts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { actIn, projectHeaders } from '../src/lib/acting-project.js';
import { changeKey, chooseProject, revokeKey, rotateKey } from '../src/lib/api/access.js';
import { request } from '../src/lib/api/client.js';
import { signIn, whoAmI } from '../src/lib/api/session.js';
import { storage } from './support/storage.js';

const me = (name: string, installation = true) => ({
  name: 'ada',
  role: 'admin',
  installation,
  project: { id: '01a22dcc-3214-7543-9e03-eee2f6cade85', name },
});
const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });

/** The projects that requests asked for, by their paths. */
let asked: [path: string, project: string | undefined][];
let answer: (path: string, project: string | undefined) => Response;

beforeEach(() => {
  asked = [];
  answer = () => json(me('alpha'));
  vi.stubGlobal('window', { localStorage: storage(), sessionStorage: storage() });
  vi.stubGlobal('fetch', async (address: string, { headers }: { headers: Record<string, string> }) => {
    const path = new URL(address, 'http://page').pathname;
    const project = headers['rankforge-project'];
    asked.push([path, project]);
    return answer(path, project);
  });
});
afterEach(() => void vi.unstubAllGlobals());

it('keeps a window in its project where the session goes to another', async () => {
  await whoAmI();
  answer = () => json(me('beta'));
  await request(Me, '/me');
  expect(asked).toEqual([
    ['/v1/me', undefined],
    ['/v1/me', 'alpha'],
  ]);
  await chooseProject('beta');
  expect(projectHeaders()).toEqual({ 'rankforge-project': 'beta' });
});

it('names no project for a key of one project, nor when somebody signs in', async () => {
  answer = () => json(me('alpha', false));
  await whoAmI();
  expect(projectHeaders()).toEqual({});
  actIn('beta');
  answer = () => json({ ...me('alpha'), pageToken: 'token' });
  await signIn('key');
  expect(asked.at(-1)).toEqual(['/v1/session', undefined]);
});

it('goes back to the project of the session where its own is gone', async () => {
  actIn('gone');
  answer = (_, project) => (project === 'gone' ? json({ title: 'Not found', status: 404 }, 404) : json(me('alpha')));
  expect((await whoAmI()).project.name).toBe('alpha');
  expect(projectHeaders()).toEqual({ 'rankforge-project': 'alpha' });
});

it('changes a key in the project that the key is of, which may be another than that of the window', async () => {
  actIn('alpha');
  answer = () => json({ title: 'Not found', status: 404 }, 404);
  const id = '01a22dcc-3214-7543-9e03-eee2f6cade86';
  const ofProject = { id, project: me('beta').project };
  for (const key of [ofProject, { id, project: null }]) {
    await expect(rotateKey(key, { overlapHours: 0 })).rejects.toThrow('Not found');
    await expect(revokeKey(key)).rejects.toThrow('Not found');
    await expect(changeKey(key, {})).rejects.toThrow('Not found');
  }
  expect(asked.map(([path, project]) => `${path} ${project}`)).toEqual([
    `/v1/keys/${id}/rotate beta`,
    `/v1/keys/${id} beta`,
    `/v1/keys/${id} beta`,
    `/v1/keys/${id}/rotate alpha`,
    `/v1/keys/${id} alpha`,
    `/v1/keys/${id} alpha`,
  ]);
});
