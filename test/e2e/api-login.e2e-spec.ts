import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AuditPage, type Me, pageHeader } from '@rankforge/contracts';
import getPort from 'get-port';
import Provider from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, startApi, sweep } from './api-client.js';

/** What the provider says of people. */
const groups: Record<string, string[]> = { ada: ['staff', 'ml'], root: ['ops'], guest: ['visitors'], lost: ['moved'] };

let api: ApiUnderTest;
let provider: Server;
let issuer: string;
/** Code challenges that the provider was sent. */
const challenges: (string | null)[] = [];

beforeAll(async () => {
  const [port, apiPort] = [await getPort(), await getPort()];
  issuer = `http://127.0.0.1:${port}`;
  const callback = `http://127.0.0.1:${apiPort}/v1/login/callback`;
  const oidc = new Provider(issuer, {
    clients: [{ client_id: 'rankforge', client_secret: 'the secret of the client', redirect_uris: [callback] }],
    claims: { openid: ['sub', 'groups'], profile: ['preferred_username'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: async () => ({ sub, preferred_username: sub, groups: groups[sub] ?? [] }),
    }),
  });
  const serve = oidc.callback();
  provider = createServer((request, response) => {
    const url = new URL(request.url ?? '/', issuer);
    if (url.pathname === '/auth') challenges.push(url.searchParams.get('code_challenge_method'));
    void serve(request, response);
  });
  await new Promise<void>((resolve) => provider.listen(port, '127.0.0.1', resolve));
  api = await startApi({ PORT: String(apiPort), ...provided(apiPort) });
});
afterAll(async () => {
  await api.stop();
  provider.closeAllConnections();
  provider.close();
});

/** Settings of an API that people reach at this port. */
const provided = (port: number | string) => ({
  RANKFORGE_OIDC_ISSUER: issuer,
  RANKFORGE_OIDC_CLIENT_ID: 'rankforge',
  RANKFORGE_OIDC_CLIENT_SECRET: 'the secret of the client',
  RANKFORGE_OIDC_GRANTS: JSON.stringify({
    ml: { role: 'submitter', project: 'default' },
    ops: { role: 'admin', project: null },
    moved: { role: 'viewer', project: 'gone' },
  }),
  RANKFORGE_PUBLIC_URL: `http://127.0.0.1:${port}`,
});

/** A browser as far as redirects and cookies go; cookies are kept by origin. */
class Browser {
  readonly cookies = new Map<string, Map<string, string>>();
  /** What the page takes out of its address. */
  pageToken = '';
  /** Every Set-Cookie of any answer. */
  readonly lines: string[] = [];

  async once(url: string, init: RequestInit = {}): Promise<Response> {
    const { origin } = new URL(url);
    const jar = this.cookies.get(origin) ?? new Map<string, string>();
    this.cookies.set(origin, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...init.headers, cookie, [pageHeader]: this.pageToken };
    const response = await fetch(url, { redirect: 'manual', ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      this.lines.push(line);
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (value === '' || /max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name!);
      else jar.set(name!, value!);
    }
    return response;
  }

  /** Follows redirects until `stop` or an answer that is none; fills in the provider's forms as a person would. */
  async signIn(login: string, stop?: (url: string) => boolean): Promise<{ url: string; response: Response }> {
    let url = `${api.api.url}/v1/login`;
    for (let step = 0; step < 20; step++) {
      if (stop?.(url)) return { url, response: new Response() };
      let response = await this.once(url);
      if (url.includes('/interaction/') && response.status === 200) {
        const prompt = (await response.text()).includes('name="login"') ? 'login' : 'consent';
        const body = new URLSearchParams(prompt === 'login' ? { prompt, login, password: 'any' } : { prompt });
        response = await this.once(url, { method: 'POST', body });
      }
      const location = response.headers.get('location');
      if (!location) return { url, response };
      url = new URL(location, url).href;
      if (new URL(url).pathname === '/') {
        this.pageToken = new URLSearchParams(new URL(url).hash.slice(1)).get('session') ?? '';
        return { url, response };
      }
    }
    throw new Error(`no end of redirects at ${url}`);
  }

  call(path: string, init?: RequestInit): Promise<Response> {
    return this.once(`${api.api.url}${path}`, init);
  }
}

const isCallback = (url: string) => url.includes('/v1/login/callback');

describe('a person of the provider', () => {
  it('gets the role and project that the claim grants', async () => {
    const browser = new Browser();
    const { url } = await browser.signIn('ada');
    expect(url).toBe(`${api.api.url}/#session=${browser.pageToken}`);
    const me = (await (await browser.call('/v1/me')).json()) as Me;
    expect(me).toMatchObject({ name: 'ada', role: 'submitter', installation: false, project: { name: 'default' } });
    expect(challenges.at(-1)).toBe('S256');
    const headers = { 'content-type': 'application/json' };
    const made = await browser.call('/v1/sweeps', { method: 'POST', headers, body: JSON.stringify(sweep(api.base)) });
    expect(made.status).toBe(201);
    expect((await browser.call('/v1/keys')).status).toBe(403);
    const { items } = (await api.get('/v1/audit', 'admin').expect(200)).body as AuditPage;
    expect(items.slice(0, 2)).toMatchObject([
      { action: 'sweep.create', actor: 'ada', actorKeyId: null },
      { action: 'session.sign-in', actor: 'ada' },
    ]);
  });

  it('may be an admin of the installation', async () => {
    const browser = new Browser();
    await browser.signIn('root');
    expect(await (await browser.call('/v1/me')).json()).toMatchObject({ role: 'admin', installation: true });
  });

  it.each(['guest', 'lost'])('gets no session where nothing is granted: %s', async (login) => {
    const browser = new Browser();
    const { response } = await browser.signIn(login);
    expect(response.status).toBe(403);
    expect((await browser.call('/v1/me')).status).toBe(401);
  });

  it('keeps the session in a cookie that scripts do not get, and whose id the database does not hold', async () => {
    const browser = new Browser();
    const back = await browser.signIn('ada', isCallback);
    const departure = browser.cookies.get(api.api.url)!.get('rankforge_departure')!;
    // The provider's way back is a link from another site, which carries no strict cookie.
    expect(browser.lines.find((line) => line.startsWith('rankforge_departure='))).toMatch(/HttpOnly; SameSite=Lax/i);
    const response = await browser.once(back.url);
    browser.pageToken = new URL(response.headers.get('location')!).hash.replace('#session=', '');
    const cookie = response.headers.getSetCookie().find((line) => line.startsWith('rankforge_session='))!;
    expect(cookie).toMatch(/HttpOnly/i);
    expect(cookie).toMatch(/SameSite=Strict/i);
    const id = browser.cookies.get(api.api.url)!.get('rankforge_session')!;
    const { db } = api.platform;
    const rows = JSON.stringify([await db.session.findMany(), await db.departure.findMany()]);
    for (const secret of [id, departure, browser.pageToken]) expect(rows).not.toContain(secret);
    expect((await browser.call('/v1/me')).status).toBe(200);
  });

  it('is signed out for good: the old cookie opens nothing', async () => {
    const browser = new Browser();
    await browser.signIn('ada');
    const kept = new Map(browser.cookies.get(api.api.url));
    expect((await browser.call('/v1/session', { method: 'DELETE' })).status).toBe(204);
    browser.cookies.set(api.api.url, kept);
    expect((await browser.call('/v1/me')).status).toBe(401);
  });
});

describe('an answer of the provider', () => {
  it('is refused with another state, in another browser, and the second time', async () => {
    const browser = new Browser();
    const { url } = await browser.signIn('ada', isCallback);
    expect((await new Browser().once(url)).status).toBe(401);
    const forged = new URL(url);
    forged.searchParams.set('state', 'another');
    expect((await browser.once(forged.href)).status).toBe(401);
    // The sign-in that was begun is over with the first answer.
    expect((await browser.once(url)).status).toBe(401);
    expect((await browser.call('/v1/me')).status).toBe(401);
  });
});

describe('the log', () => {
  it('holds neither the code nor the cookie nor the secret of the client', async () => {
    const browser = new Browser();
    const { url } = await browser.signIn('ada', isCallback);
    await browser.once(url);
    const text = await readFile(api.api.logFile, 'utf8');
    expect(text).toContain('"url":"/v1/login/callback"');
    const id = browser.cookies.get(api.api.url)!.get('rankforge_session')!;
    for (const secret of [new URL(url).searchParams.get('code')!, id, 'the secret of the client']) {
      expect(text).not.toContain(secret);
    }
  });
});

describe('a request of another site', () => {
  it('changes nothing with the session of a person', async () => {
    const browser = new Browser();
    await browser.signIn('ada');
    const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'cross-site' };
    const forged = await browser.call('/v1/sweeps', { method: 'POST', headers, body: JSON.stringify(sweep(api.base)) });
    expect(forged.status).toBe(403);
  });
});

describe('what a grant gave', () => {
  it('that is taken away ends the sessions that it opened', async () => {
    const browser = new Browser();
    await browser.signIn('ada');
    const headers = {
      cookie: `rankforge_session=${browser.cookies.get(api.api.url)!.get('rankforge_session')!}`,
      [pageHeader]: browser.pageToken,
    };
    const strict = await api.platform.hostApi({
      ...provided(new URL(api.api.url).port),
      RANKFORGE_MODELS_DIR: api.modelsDir,
      RANKFORGE_OIDC_GRANTS: JSON.stringify({ ops: { role: 'admin', project: null } }),
    });
    expect((await fetch(`${api.api.url}/v1/me`, { headers })).status).toBe(200);
    expect((await fetch(`${strict.url}/v1/me`, { headers })).status).toBe(401);
    await strict.stop();
  });

  it('ends with the session of a person, and the stream of the page with it', async () => {
    const browser = new Browser();
    await browser.signIn('ada');
    const stream = await browser.call('/v1/events');
    expect(stream.status).toBe(200);
    await api.platform.db.session.deleteMany();
    // The text is whole when the API has ended the stream.
    expect(await stream.text()).toContain('retry:');
    expect((await browser.call('/v1/events')).status).toBe(401);
  });
});

describe('without a provider', () => {
  it('the page is told so, and the way there is not found', async () => {
    const plain = await api.platform.hostApi({ RANKFORGE_MODELS_DIR: api.modelsDir });
    expect(await (await fetch(`${plain.url}/v1/session/options`)).json()).toEqual({ provider: false });
    expect((await fetch(`${plain.url}/v1/login`)).status).toBe(404);
    expect(await (await fetch(`${api.api.url}/v1/session/options`)).json()).toEqual({ provider: true });
    await plain.stop();
  });
});
