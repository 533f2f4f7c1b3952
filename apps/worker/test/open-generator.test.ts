import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadBaseModel } from '@rankforge/bases';
import type { TrialGenerator } from '@rankforge/contracts';
import { baseIdentity } from '@rankforge/generators';
import { ContinuingModel, openEngine, undisturbed } from '@rankforge/peft';
import { expect, it, vi } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { cassetteFolder, openGenerator } from '../src/trainer/open-generator.js';

const base = fileURLToPath(new URL('../../../models/nano-sotu', import.meta.url));

it('disposes a generator whose cassette is damaged, as one that is closed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rankforge-open-generator-'));
  const disposed = vi.spyOn(ContinuingModel.prototype, 'dispose');
  await openEngine('wasm');
  const { model, tokenizer } = await loadBaseModel(base);
  try {
    const artifactDir = join(folder, 'artifacts');
    const sha256 = 'c'.repeat(64);
    const template = 'plain';
    const generator = { kind: 'base', name: 'own', template, sha256: baseIdentity({ sha256, template }) };
    const open = () =>
      openGenerator(
        { generator: generator as TrialGenerator, engine: 'wasm' },
        partOf<Parameters<typeof openGenerator>[1]>({ model, tokenizer, baseSha256: async () => sha256 }),
        partOf<Parameters<typeof openGenerator>[2]>({ artifactDir, turn: undisturbed }),
        1,
      );
    await (await open()).close();
    expect(disposed).toHaveBeenCalledTimes(1);
    const [of] = await readdir(cassetteFolder(artifactDir));
    await writeFile(join(cassetteFolder(artifactDir), of!, '1.jsonl'), 'no head\nnor a line\n');
    await expect(open()).rejects.toThrow('line 1 is not the head of a cassette');
    expect(disposed).toHaveBeenCalledTimes(2);
  } finally {
    disposed.mockRestore();
    model.dispose();
    await rm(folder, { recursive: true });
  }
});
