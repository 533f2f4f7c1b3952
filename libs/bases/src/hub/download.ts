/** @file One file of a hub on disk: resumed, measured, hashed, and only then given its name. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { downloadFile as openFile } from '@huggingface/hub';
import { HubError, HubUnreachableError } from './errors.js';
import { explain } from './explain.js';
import type { HubFile, HubModel } from './model.js';
import type { HubSettings } from './settings.js';

/** Called as bytes arrive, with how many of the file are here. */
export type DownloadProgress = (file: HubFile, bytes: number) => void;

/**
 * Puts one file of a model into a folder. It is written as `NAME.part`, and gets its name when its size and digest are
 * those that the hub lists. What an interrupted download left is kept and goes on; a file that is complete is not asked
 * for again.
 *
 * @throws HubError when the hub does not give the bytes it lists
 */
export async function downloadFile(
  model: HubModel,
  file: HubFile,
  { folder, settings, onProgress }: { folder: string; settings: HubSettings; onProgress?: DownloadProgress },
): Promise<void> {
  const target = join(folder, file.name);
  if ((await sizeOf(target)) === file.bytes && (await digestOf(target, file)) === file.digest.hex) return;
  const part = `${target}.part`;
  let kept = (await sizeOf(part)) ?? 0;
  if (kept > file.bytes) {
    await truncate(part, 0);
    kept = 0;
  }
  if (!(await completes(part, kept))) {
    // What was kept may be of another commit. From the start, the hub alone is to blame.
    await truncate(part, 0);
    if (kept === 0 || !(await completes(part, 0))) {
      await rm(part);
      const { kind, hex } = file.digest;
      throw new HubError(`${model.id}: ${file.name} is not what the hub lists: its ${kind} digest is not ${hex}`);
    }
  }
  await rename(part, target);

  async function completes(path: string, from: number): Promise<boolean> {
    await append({ model, file, path, from, settings, onProgress });
    return (await digestOf(path, file)) === file.digest.hex;
  }
}

/** Bytes of a file that an earlier download left, all or the first of them. */
export async function keptBytes(folder: string, file: HubFile): Promise<number> {
  const target = join(folder, file.name);
  return Math.min(file.bytes, (await sizeOf(target)) ?? (await sizeOf(`${target}.part`)) ?? 0);
}

interface Append {
  model: HubModel;
  file: HubFile;
  path: string;
  from: number;
  settings: HubSettings;
  onProgress: DownloadProgress | undefined;
}

/** Adds the bytes from `from` on to a file that holds those before. */
async function append({ model, file, path, from, settings, onProgress }: Append): Promise<void> {
  let bytes = from;
  const counted = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > file.bytes)
        throw new HubError(`${model.id}: ${file.name} is longer than the ${file.bytes} bytes listed`);
      onProgress?.(file, bytes);
      yield chunk;
    }
  };
  try {
    const source = from === file.bytes ? Readable.from([]) : await remote(model, file, from, settings);
    await pipeline(source, counted, createWriteStream(path, { flags: 'a', flush: true }));
    if (bytes < file.bytes) throw new Error(`the connection ended after ${bytes} of ${file.bytes} bytes`);
  } catch (error) {
    if (error instanceof HubError || bytes === from) throw explain(error, `${model.id} ${file.name}`, settings);
    const reason = error instanceof Error ? error.message : String(error);
    throw new HubUnreachableError(
      `${model.id}: ${file.name} stopped after ${bytes} of ${file.bytes} bytes (${reason}); run this again to go on`,
      { cause: error },
    );
  }
}

async function remote(model: HubModel, file: HubFile, from: number, { url, token }: HubSettings): Promise<Readable> {
  const blob = await openFile({
    repo: model.id,
    path: file.name,
    revision: model.commit,
    hubUrl: url,
    // Plain ranges of the file: they resume at any byte.
    xet: false,
    ...(token ? { accessToken: token } : {}),
  });
  if (blob === null) throw new HubError(`${model.id}: ${file.name} is listed but not there`);
  if (blob.size !== file.bytes) {
    throw new HubError(`${model.id}: ${file.name} is listed with ${file.bytes} bytes and offered with ${blob.size}`);
  }
  return Readable.fromWeb(blob.slice(from).stream() as ReadableStream<Uint8Array>);
}

async function digestOf(path: string, { bytes, digest }: HubFile): Promise<string> {
  const hash = createHash(digest.kind === 'sha256' ? 'sha256' : 'sha1');
  // The id of a git blob is the sha1 of its kind, size and content.
  if (digest.kind === 'git') hash.update(`blob ${bytes}\0`);
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
