/**
 * @file The client for Python, by its own tests: without a server, and on a real installation. They need Python 3.9 or newer and none of
 * its packages; RANKFORGE_PYTHON names an interpreter.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { EventView, type Leaderboard, type SweepPage } from '@rankforge/contracts';
import { execa, execaSync } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rankforge } from '../../apps/cli/test/support/run.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { losses, trainings } from './worker-sweeps.js';

const python = process.env.RANKFORGE_PYTHON ?? 'python3';
const room = fileURLToPath(new URL('../../clients/python/', import.meta.url));
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const missing = whyMissing();
if (missing) console.log(`SKIPPED: the client for Python was not tested: ${missing}`);

function whyMissing(): string | undefined {
  const asked = execaSync(python, ['-c', 'import sys; print(*sys.version_info[:2])'], { reject: false });
  if (asked.failed) return `there is no ${python} (${asked.originalMessage ?? asked.stderr})`;
  const [major = 0, minor = 0] = asked.stdout.split(' ').map(Number);
  return major === 3 && minor >= 9 ? undefined : `${python} is of version ${major}.${minor}, and 3.9 is needed`;
}

/** Runs Python with its standard library and the client alone. */
const run = (args: readonly string[], env: Record<string, string> = {}) =>
  execa(python, ['-S', '-B', '-W', 'error', ...args], { cwd: room, env: { PYTHONPATH: 'src:tests', ...env } });

/** Runs tests; those that fail are in the message. */
async function unittest(folder: string, env?: Record<string, string>): Promise<number> {
  const { stderr } = await run(['-m', 'unittest', 'discover', '-s', folder], env);
  return Number(/^Ran (\d+) tests? in/m.exec(stderr)?.[1]);
}

test('the package for Python has the version of the platform', async () => {
  const { version } = JSON.parse(await readFile(file('../../package.json'), 'utf8')) as { version: string };
  expect(await readFile(`${room}pyproject.toml`, 'utf8')).toContain(`\nversion = "${version}"\n`);
});

describe.skipIf(missing)(`the client for Python${missing ? ` (${missing})` : ''}`, () => {
  test('asks again, refuses, follows and finds an installation as its tests say', async () => {
    expect(await unittest('tests')).toBeGreaterThan(25);
  });

  test('names the events that the contracts have', async () => {
    const program =
      'import json; from typing import get_args, get_type_hints; from rankforge import Event; ' +
      'print(json.dumps(get_args(get_type_hints(Event)["type"])))';
    const { stdout } = await run(['-c', program]);
    expect(JSON.parse(stdout)).toEqual(EventView.options.flatMap(({ shape }) => [...shape.type.values]));
  });

  describe('on an installation', () => {
    let platform: TinyPlatform;
    let env: Record<string, string>;

    beforeAll(async () => {
      platform = await createTinyPlatform();
      await platform.hostWorker({ RANKFORGE_WORKER_SLOTS: '1' });
      env = { RANKFORGE_URL: platform.api.url, RANKFORGE_KEY: platform.keys.submitter };
    });
    afterAll(() => platform?.stop());

    test('submits, waits, reads boards, and brings in what was trained elsewhere', async () => {
      const files = {
        parquet: file('../../libs/tasks/test/vectors/datasets/flat.parquet'),
        published: file('fixtures/peft-results.json'),
      };
      const given = { RANKFORGE_TEST_BASE: platform.base, RANKFORGE_TEST_FILES: JSON.stringify(files) };
      expect(await unittest('tests/api', { ...env, ...given })).toBeGreaterThan(12);
    });

    test('reads the boards and the losses that the command line and the database have', async () => {
      const cli = async <T>(...args: string[]) => JSON.parse((await rankforge([...args, '--json'], env)).out) as T;
      const { items } = await cli<SweepPage>('sweep', 'list');
      const completed = items.filter(({ state, task }) => state === 'COMPLETED' && task === 'dataset:python');
      expect(completed.length).toBeGreaterThan(1);
      for (const { id } of completed) {
        const [trial] = await trainings(platform, id);
        const program =
          'import json, sys; from rankforge import Client; client = Client(); sweep = client.sweep(sys.argv[1]); ' +
          'series = client.trial(sys.argv[2]).curves("train/loss"); ' +
          'print(json.dumps([sweep.board().data, [list(zip(each["steps"], each["values"])) for each in series]]))';
        const { stdout } = await run(['-c', program, id, trial!.id], env);
        const [board, [curve = []]] = JSON.parse(stdout) as [Leaderboard, [number, number][][]];
        expect(board).toEqual(await cli<Leaderboard>('leaderboard', '--sweep', id));
        expect(curve).toEqual(await losses(platform, trial!.leaderId ?? trial!.id));
      }
    });
  });
});
