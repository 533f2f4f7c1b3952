import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bin, rankforge } from './support/run.js';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rankforge-usage-'));
});
afterAll(() => rm(home, { recursive: true }));

const run = (...args: string[]) => rankforge(args, { RANKFORGE_HOME: home });

test('ends in peace when whoever reads its help has seen enough', async () => {
  // The pipe holds less than the help, and nobody reads it.
  const ran = await execa('bash', [
    '-c',
    `"${process.execPath}" "${bin}" --help | true; echo "status ${'$'}{PIPESTATUS[0]}"`,
  ]);
  expect(ran.stdout).toBe('status 0');
  expect(ran.stderr).toBe('');
});

describe('wrong usage ends with 2 and says what was expected', () => {
  test.each([
    [['sweep', 'lst'], "unknown command 'lst'"],
    [['sweep', 'submit'], "missing required argument 'file'"],
    [['sweep', 'list', '--state', 'DONE'], 'Allowed choices are RUNNING, PAUSED, COMPLETED, CANCELLED'],
    [['sweep', 'list', '--limit', 'many'], 'expected a whole number'],
    [['leaderboard', '--budget', '0'], 'expected a number above 0'],
    [['trial', 'list', '--sort', 'luck'], 'Allowed choices are'],
    [['key', 'create', 'x', '--role', 'root'], 'Allowed choices are viewer, submitter, admin'],
    [
      ['key', 'create', 'x', '--url', 'https://ranks.example.com'],
      'keys are managed in the database itself, and --url names an API elsewhere (https://ranks.example.com): set DATABASE_URL',
    ],
    [['key', 'revoke', 'not-an-id'], '"not-an-id" is not the id of a key'],
    [['worker', '--engines', 'abacus'], 'Allowed choices are'],
    [['worker', '--slots', '0'], 'expected a whole number above 0'],
    [['key', 'create', 'x', '--expires-in-days', '0'], 'expiresInDays: '],
    [['key', 'create', 'x', '--running-trials', '9007199254740993'], 'maxRunningTrials: '],
    [['key', 'rotate', '00000000-0000-4000-8000-000000000000', '--overlap-hours', '1000'], 'overlapHours: '],
    [['up', '--forever'], "unknown option '--forever'"],
    [
      ['sweep', 'list', '--url', 'localhost:80'],
      '--url is no address: expected one as http://127.0.0.1:8080, got "localhost:80"',
    ],
    [['leaderboard', '--pareto', 'luck'], 'Allowed choices are'],
    [['sweep', 'extend', 'x', '--seeds', '3'], '--seeds says how many seeds --tied adds: --seed names seeds for all'],
    [['leaderboard', '--format', 'xlsx'], 'Allowed choices are table, csv, markdown, latex'],
    [['leaderboard', '--format', 'csv', '--json'], '--json and --format csv are two formats: leave one of them out'],
    [
      ['trial', 'list', '--format', 'csv', '--limit', '9'],
      '--format csv writes the trials of all pages: leave --limit',
    ],
    [['generator', 'add', 'x', '--gguf', 'f', '--context', 'abc'], 'expected a whole number'],
    [['generator', 'add', 'x', '--price-read', 'abc'], 'expected a number.'],
  ])('%j', async (args, message) => {
    const { status, err } = await run(...args);
    expect(err).toContain(message);
    expect(status).toBe(2);
  });

  test('a sweep file that is missing or not JSON', async () => {
    const env = { RANKFORGE_HOME: home, RANKFORGE_URL: 'http://127.0.0.1:9' };
    const file = join(home, 'sweep.json');
    const missing = await rankforge(['sweep', 'submit', file], env);
    expect(missing).toMatchObject({ status: 2, err: expect.stringContaining(`cannot read ${file}`) });
    await writeFile(file, '{"name": }');
    const malformed = await rankforge(['sweep', 'submit', file], env);
    expect(malformed).toMatchObject({ status: 2, err: expect.stringContaining(`${file} is not JSON`) });
  });
});

test.each([
  ['project', 'some'],
  ['key', '0198b2a0-0000-7000-8000-000000000000'],
])('%s quota without an option is refused before anything is asked', async (noun, of) => {
  expect(await run(noun, 'quota', of)).toMatchObject({
    status: 2,
    err: expect.stringContaining('name at least one quota to set: --running-trials, --reserved-mib or --stored-mib'),
  });
});

test('help names the exit statuses and ends with 0', async () => {
  const { status, out } = await run('--help');
  expect(out).toContain('5 a trial failed for another');
  expect(status).toBe(0);
});

test('help of two names is that of the command', async () => {
  const asked = await run('help', 'sweep', 'submit');
  expect(asked).toEqual(await run('sweep', 'submit', '--help'));
  expect(asked).toMatchObject({ status: 0, out: expect.stringContaining('Usage: rankforge sweep submit [options]') });
  expect((await run('help', 'sweep')).out).toContain('Usage: rankforge sweep [options] [command]');
});

test.each([
  [['help', 'swep'], "unknown command 'swep'\n(Did you mean sweep?)"],
  [['help', 'nosuch'], "unknown command 'nosuch'\n(--help says what there is)"],
  [['trial', 'show'], "unknown command 'show'\n(--help says what there is)"],
  [['help', 'sweep', 'submitt'], "unknown command 'submitt'\n(Did you mean submit?)"],
  [['sweep', 'help', 'lst'], "unknown command 'lst'\n(Did you mean list?)"],
])('%j is refused and names the unknown command', async (args, message) => {
  const ran = await run(...args);
  expect(ran).toMatchObject({ status: 2, out: '' });
  expect(ran.err).toContain(message);
});

test('help of one name, or after a group, is that of the command', async () => {
  expect(await run('help', 'estimate')).toEqual(await run('estimate', '--help'));
  expect(await run('sweep', 'help', 'submit')).toEqual(await run('sweep', 'submit', '--help'));
  expect((await run('help')).out).toBe((await run('--help')).out);
  expect((await run('sweep', 'help')).out).toBe((await run('sweep', '--help')).out);
});

test('--version names the version and ends with 0', async () => {
  expect(await run('--version')).toMatchObject({ status: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
});

describe('nothing to talk to ends with 4 and says what to do', () => {
  test('no API is known', async () => {
    const { status, err } = await run('sweep', 'list');
    expect(err).toContain('start one with `rankforge up`, or set RANKFORGE_URL');
    expect(status).toBe(4);
  });

  test('the API does not answer', async () => {
    const { status, err } = await rankforge(['methods', '--url', 'http://127.0.0.1:9'], { RANKFORGE_HOME: home });
    expect(err).toContain('no answer from http://127.0.0.1:9');
    expect(status).toBe(4);
  });

  test.each([
    [200, 'GET /v1/methods was answered with something else than JSON. '],
    [404, '404 Not Found\n  '],
  ])('a page answers with %i', async (answered, message) => {
    const page = createServer((_, response) => {
      response.writeHead(answered, { 'content-type': 'text/html' }).end('<html>');
    });
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
    const { status, err } = await rankforge(['methods', '--url', url], { RANKFORGE_HOME: home });
    page.close();
    expect(err).toBe(`${message}Is ${url} the address of the API? Set RANKFORGE_URL.`);
    expect(status).toBe(answered === 200 ? 4 : 3);
  });

  test('no database is known, or it does not answer', async () => {
    expect(await run('key', 'list')).toMatchObject({ status: 4, err: expect.stringContaining('set DATABASE_URL') });
    const env = { DATABASE_URL: 'postgresql://nobody@127.0.0.1:9/none' };
    const silent = await rankforge(['key', 'list'], env);
    expect(silent).toMatchObject({
      status: 4,
      err: expect.stringContaining('the database at 127.0.0.1:9 does not answer'),
    });
  });

  test('the database is nowhere, or its address none', async () => {
    const nowhere = await rankforge(['key', 'list'], { DATABASE_URL: 'postgresql://me:hidden@nowhere.invalid/none' });
    expect(nowhere).toMatchObject({
      status: 4,
      err: expect.stringContaining('the database at nowhere.invalid does not'),
    });
    const none = await rankforge(['key', 'list'], { DATABASE_URL: 'nowhere' });
    expect(none).toMatchObject({ status: 2, err: expect.stringContaining('DATABASE_URL is not an address') });
  });

  test('a worker without servers', async () => {
    expect(await run('worker')).toMatchObject({
      status: 4,
      err: expect.stringContaining('DATABASE_URL and REDIS_URL'),
    });
  });
});

describe('doctor', () => {
  test('names what it found', async () => {
    const { status, out } = await run('doctor', '--json');
    const { findings } = JSON.parse(out) as { findings: { name: string; state: string; found: string }[] };
    const byName = Object.fromEntries(findings.map((finding) => [finding.name, finding]));
    expect(byName.Node).toMatchObject({ state: 'ok', found: process.version });
    expect(byName.PostgreSQL?.found).toMatch(/^postgres \(PostgreSQL\) \d+\.\d+, from npm$/);
    expect(byName.Redis?.found).toMatch(/^\d+\.\d+\.\d+, \//);
    expect(status).toBe(0);
  });

  test('ends with 6 and advice when a server that was named is not there', async () => {
    const env = { RANKFORGE_HOME: home, REDIS_URL: 'redis://127.0.0.1:9' };
    const { status, out } = await rankforge(['doctor'], env);
    expect(out).toMatch(
      /Redis\s+MISSING {2}127\.0\.0\.1:9 does not answer\n\s+→ start the server REDIS_URL names, correct it/,
    );
    expect(status).toBe(6);
  });
});
