/** @file The base of an order as a runner opens it. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunnerRun } from '@rankforge/contracts';
import { exportBase } from '@rankforge/peft';
import type { Order } from '../../trial/executor.js';
import type { Tools } from '../kinds/kind.js';
import type { Prepared } from '../session.js';

/** Its own folder where transformers reads that, else a copy that it reads, written once for this process. */
export async function baseForRunner(
  { spec }: Order,
  { model, baseSha256 }: Pick<Prepared, 'model' | 'baseSha256'>,
  { session }: Pick<Tools, 'session'>,
): Promise<RunnerRun['base']> {
  const sha256 = await baseSha256();
  const own = join(session.modelsDir, spec.base);
  const config = JSON.parse(await readFile(join(own, 'config.json'), 'utf8')) as { model_type?: unknown };
  const path =
    typeof config.model_type === 'string'
      ? own
      : await exported(join(session.scratch, 'bases'), sha256, () => exportBase(model));
  const { baseDtype = 'float32', doubleQuantization, computeDtype, attention, checkpointing } = spec.training;
  if (baseDtype === 'float16') throw new Error(`${spec.engine} holds no base in float16`);
  return {
    path,
    sha256,
    dtype: baseDtype,
    ...(computeDtype && { computeDtype }),
    ...(doubleQuantization && { doubleQuantization: doubleQuantization === 'on' }),
    attention: attention === 'whole' ? 'eager' : 'sdpa',
    checkpointing: checkpointing === 'block',
  };
}

const writing = new Map<string, Promise<string>>();

function exported(bases: string, sha256: string, files: () => ReadonlyMap<string, Uint8Array>): Promise<string> {
  const begun = writing.get(sha256) ?? writeOnce(join(bases, sha256), files);
  writing.set(sha256, begun);
  begun.catch(() => writing.delete(sha256));
  return begun;
}

async function writeOnce(folder: string, files: () => ReadonlyMap<string, Uint8Array>): Promise<string> {
  const made = `${folder}.made`;
  await rm(made, { recursive: true, force: true });
  await mkdir(made, { recursive: true });
  for (const [name, content] of files()) await writeFile(join(made, name), content);
  await rename(made, folder);
  return folder;
}
