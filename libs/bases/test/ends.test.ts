import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gpt2Files, writeFiles } from '../../../test/support/gpt2-files.js';
import { loadBaseModel, readBase } from '../src/base.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ends-'));
  await writeFiles(folder, gpt2Files());
});
afterEach(() => rm(folder, { recursive: true }));

/** Writes what files of the folder say of ends, and reads what a trial is told and what a model by itself has. */
async function endsOf({ config, generation, turn }: { config?: unknown; generation?: unknown; turn?: unknown }) {
  const file = join(folder, 'config.json');
  const given = JSON.parse(await readFile(file, 'utf8')) as object;
  await writeFile(file, JSON.stringify({ ...given, eos_token_id: config }));
  await writeFile(join(folder, 'generation_config.json'), JSON.stringify({ eos_token_id: generation }));
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify({ eos_token: turn }));
  const { ends, sha256 } = await readBase(folder, 'own');
  const { model, tokenizer } = await loadBaseModel(folder);
  model.dispose();
  return { told: ends, learned: tokenizer.end, own: tokenizer.ends, sha256 };
}

describe('the ends of texts', () => {
  // The tokens of this model are [UNK] and the letters a to l, from 1 on.
  test.each([
    ['one end that all files name, as of SmolLM2', { config: 2, generation: 2, turn: 'b' }, undefined, 2, undefined],
    [
      'several ends, another of which ends a turn, as of Llama 3.1',
      { config: [1, 8, 9], generation: [1, 8, 9], turn: 'i' },
      [9, 1, 8],
      1,
      [1, 8, 9],
    ],
    [
      'several ends, the first of which the tokenizer names, as of Gemma 3',
      { config: [1, 6], generation: [1, 6], turn: { content: 'a' } },
      undefined,
      1,
      [1, 6],
    ],
    [
      'further ends in generation_config.json alone, as of Phi-3',
      { config: 1, generation: [1, 2, 7], turn: 'a' },
      [1, 2, 7],
      1,
      undefined,
    ],
    ['a token of the tokenizer that is no end', { config: 1, turn: 'c' }, undefined, 1, undefined],
    ['no end', { config: null, generation: 999, turn: 'a' }, undefined, undefined, undefined],
  ])('%s', async (_, files, told, learned, own) => {
    expect(await endsOf(files)).toMatchObject({ told, learned, own });
  });

  test('that other files name are in no digest of the base', async () => {
    const { sha256 } = await endsOf({ config: [1, 8, 9], turn: 'a' });
    expect((await endsOf({ config: [1, 8, 9], generation: [3], turn: 'i' })).sha256).toBe(sha256);
  });

  test('come from config.json where a file beside it is no JSON', async () => {
    await endsOf({ config: [4, 5] });
    await writeFile(join(folder, 'generation_config.json'), '{');
    expect((await readBase(folder, 'own')).ends).toBeUndefined();
  });
});
