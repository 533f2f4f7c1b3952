/**
 * @file The file of a backup: a tar that `tar -tvf` lists. `backup.json` comes first, then pieces of tables, artifacts under their
 * SHA-256 and further files; `end.json` comes last, with the digests of all that is not named by its own.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';
import { z } from 'zod';

/** Rises where an older version could not read the file. */
export const backupFormat = 1;

const headName = 'backup.json';
const endName = 'end.json';
const artifactFolder = 'artifacts/';
/** Bytes of `backup.json` and of `end.json` that are held in memory. */
const mostJsonBytes = 2 ** 28;

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const BackupHead = z.object({
  format: z.int(),
  /** Of the program that wrote it. */
  version: z.string(),
  /** When its snapshot was taken, by the clock of the database. */
  madeAt: z.iso.datetime(),
  migrations: z.array(z.object({ name: z.string(), checksum: Sha256 })),
  tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()) })),
  sequences: z.array(z.object({ name: z.string(), value: z.string(), isCalled: z.boolean() })),
  /** Artifacts that rows name. */
  artifacts: z.int(),
});
export type BackupHead = z.infer<typeof BackupHead>;

const BackupEnd = z.object({
  /** Entries before this one. */
  entries: z.int(),
  rows: z.record(z.string(), z.int()),
  digests: z.record(z.string(), Sha256),
});
export type BackupEnd = z.infer<typeof BackupEnd>;

/** A backup that cannot be made or restored, for a reason that its reader can do something about. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

export type Body = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Writes the entries of one backup, one at a time. */
export interface BackupWriter {
  /** @throws BackupError where `body` has not `size` bytes, or an artifact is not what its name says */
  add(name: string, size: number, body: Body): Promise<void>;
  addArtifact(sha256: string, size: number, body: Body): Promise<void>;
}

/**
 * Writes a backup: its head, what `work` adds, and its end.
 *
 * @param work returns the number of rows of each table
 * @returns bytes written
 * @throws the error of `out`, such as ENOSPC; AbortError
 */
export async function writeArchive(
  out: Writable,
  head: BackupHead,
  work: (writer: BackupWriter) => Promise<Record<string, number>>,
  signal?: AbortSignal,
): Promise<number> {
  const tar = pack();
  let bytes = 0;
  const counted = async function* (source: AsyncIterable<Uint8Array>) {
    for await (const piece of source) {
      bytes += piece.byteLength;
      yield piece;
    }
  };
  const piped = pipeline(tar, counted, out, signal ? { signal } : {});
  const digests: Record<string, string> = {};
  let entries = 0;
  const add = async (name: string, size: number, body: Body): Promise<string> => {
    const sink = tar.entry({ name, size, mode: 0o600, type: 'file' });
    const sent = new Promise<void>((resolve, reject) => {
      sink.on('finish', resolve);
      sink.on('error', reject);
    });
    sent.catch(() => {}); // awaited below, after what may fail before
    const hash = createHash('sha256');
    let written = 0;
    for await (const piece of body) {
      hash.update(piece);
      written += piece.byteLength;
      if (!sink.write(piece)) await Promise.race([new Promise((resolve) => sink.once('drain', resolve)), sent]);
    }
    if (written !== size) throw new BackupError(`${name} has ${written} bytes, and ${size} were expected`);
    sink.end();
    await sent;
    entries += 1;
    return hash.digest('hex');
  };
  const addJson = (name: string, value: unknown) => {
    const json = Buffer.from(`${JSON.stringify(value, null, 1)}\n`);
    return add(name, json.byteLength, [json]);
  };
  const written = (async () => {
    digests[headName] = await addJson(headName, head);
    const rows = await work({
      add: async (name, size, body) => {
        digests[name] = await add(name, size, body);
      },
      addArtifact: async (sha256, size, body) => {
        const found = await add(`${artifactFolder}${sha256}`, size, body);
        if (found !== sha256) throw new BackupError(`artifact ${sha256} is damaged: its bytes hash to ${found}`);
      },
    });
    await addJson(endName, { entries, rows, digests } satisfies BackupEnd);
    tar.finalize();
  })();
  written.catch((error: Error) => tar.destroy(error));
  // Of a full disk the pipe tells alone; nothing is taken from the tar any more.
  await Promise.race([written.then(() => piped), piped.then(() => written)]);
  return bytes;
}

/** An entry of a backup whose body has to be read. */
export interface BackupEntry {
  name: string;
  /** Set for an artifact. */
  artifact?: string;
  size: number;
  body: AsyncIterable<Uint8Array>;
}

/**
 * Reads a backup from its beginning to its end and checks every digest.
 *
 * @param take is given every entry but head and end; what it does not read is read behind it
 * @throws BackupError that names what is damaged, missing or of a newer version; what `take` throws
 */
export async function readArchive(
  file: string,
  take: (entry: BackupEntry, head: BackupHead) => Promise<void> = async () => {},
  signal?: AbortSignal,
): Promise<{ head: BackupHead; end: BackupEnd }> {
  const source = createReadStream(file, { highWaterMark: 2 ** 20 });
  const tar = extract();
  const piped = pipeline(source, tar, signal ? { signal } : {});
  piped.catch(() => {}); // whoever reads is told
  const inWords = (cause: unknown) =>
    signal?.aborted || isOfSystem(cause) ? cause : damaged(file, (cause as Error).message, cause);
  const found = new Map<string, string>();
  let head: BackupHead | undefined;
  let end: BackupEnd | undefined;
  try {
    for await (const entry of told(tar, inWords)) {
      const { name, size = 0 } = entry.header;
      if (end) throw damaged(file, `${name} follows ${endName}`);
      const hash = createHash('sha256');
      const body = hashed(told(entry as AsyncIterable<Uint8Array>, inWords), hash);
      if (name === headName || name === endName) {
        const value = await jsonOf(file, name, size, body);
        if (name === headName) head = headOf(file, value);
        else end = parsed(BackupEnd, file, name, value);
      } else {
        if (!head) throw damaged(file, `it does not begin with ${headName}`);
        const artifact = name.startsWith(artifactFolder) ? basename(name) : undefined;
        await take({ name, size, body, ...(artifact ? { artifact } : {}) }, head);
        for await (const _ of body);
      }
      const digest = hash.digest('hex');
      if (name.startsWith(artifactFolder)) {
        if (digest !== basename(name)) throw damaged(file, `artifact ${basename(name)} hashes to ${digest}`);
        found.set(name, digest);
      } else if (name !== endName) found.set(name, digest);
    }
  } finally {
    source.destroy();
    tar.destroy();
  }
  if (!head || !end) throw damaged(file, `it ends before ${head ? endName : headName}: it was cut off`);
  if (found.size !== end.entries) throw damaged(file, `it holds ${found.size} of ${end.entries} entries`);
  for (const [name, digest] of Object.entries(end.digests)) {
    if (found.get(name) === digest) continue;
    throw damaged(file, `${name} hashes to ${found.get(name) ?? 'nothing'}, and ${digest} was written`);
  }
  return { head, end };
}

/** What a stream gives, with its own errors in other words; whoever takes it keeps theirs. */
async function* told<T>(source: AsyncIterable<T>, inWords: (cause: unknown) => unknown): AsyncGenerator<T> {
  try {
    for await (const each of source) yield each;
  } catch (cause) {
    throw inWords(cause);
  }
}

async function* hashed(source: AsyncIterable<Uint8Array>, hash: { update(piece: Uint8Array): unknown }) {
  for await (const piece of source) {
    hash.update(piece);
    yield piece;
  }
}

const isOfSystem = (error: unknown) => typeof (error as NodeJS.ErrnoException).syscall === 'string';

const damaged = (file: string, how: string, cause?: unknown) =>
  new BackupError(`${file} is no whole backup: ${how}. Nothing was restored from it; take another backup`, { cause });

async function jsonOf(file: string, name: string, size: number, body: AsyncIterable<Uint8Array>): Promise<unknown> {
  if (size > mostJsonBytes) throw damaged(file, `${name} has ${size} bytes`);
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  try {
    return JSON.parse(Buffer.concat(pieces).toString());
  } catch (cause) {
    throw damaged(file, `${name} is not JSON`, cause);
  }
}

function headOf(file: string, value: unknown): BackupHead {
  const { format, version } = parsed(z.object({ format: z.int(), version: z.string() }), file, headName, value);
  if (format > backupFormat) {
    throw new BackupError(
      `${file} has format ${format} of rankforge ${version}, and this version reads ${backupFormat}: restore with that version`,
    );
  }
  return parsed(BackupHead, file, headName, value);
}

function parsed<T extends z.ZodType>(schema: T, file: string, name: string, value: unknown): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw damaged(file, `${name} has no ${issue?.path.join('.')} as expected (${issue?.message})`);
}
