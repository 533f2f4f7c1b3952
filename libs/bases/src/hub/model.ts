/** @file A model of a hub at one commit: its files, with what each must weigh and hash to. */
import { listFiles, modelInfo } from '@huggingface/hub';
import { z } from 'zod';
import { HubError } from './errors.js';
import { explain } from './explain.js';
import type { HubSettings } from './settings.js';

/** A file at the top of a model's repository. */
export interface HubFile {
  /** Its name; never a path. */
  name: string;
  bytes: number;
  /** `sha256` of the content for large files, `git` (the id of the blob) for the others. */
  digest: { kind: 'sha256' | 'git'; hex: string };
}

export interface HubModel {
  id: string;
  /** The commit that the revision names; every file is of this commit. */
  commit: string;
  licence: string | null;
  files: readonly HubFile[];
}

/** More files than this are not a model. */
const MAX_FILES = 10_000;

const idPattern = /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)?$/;
const Info = z.object({ sha: z.string().regex(/^[0-9a-f]{40}$/), tags: z.array(z.string()).default([]) });
const Entry = z.object({
  path: z.string().regex(/^(?!\.{1,2}$)[^/\\\0]+$/, 'is no plain file name'),
  size: z.int().nonnegative(),
  oid: z.string().regex(/^[0-9a-f]{40}$/),
  lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/) }).optional(),
});

/**
 * Looks a model up: what a revision (branch, tag or commit) is today, and the files at the top of the repository.
 *
 * @throws HubError when there is no such model, it may not be read, or the hub's answer cannot be trusted
 * @example
 * const model = await findModel('openai-community/gpt2', readHubSettings(process.env));
 */
export async function findModel(id: string, settings: HubSettings, revision = 'main'): Promise<HubModel> {
  requireId(id);
  const access = { hubUrl: settings.url, ...(settings.token ? { accessToken: settings.token } : {}) };
  try {
    const info = await modelInfo({ ...access, name: id, revision, additionalFields: ['sha', 'tags'] });
    const { sha: commit, tags } = parse(Info, info, `${id}: description`);
    const licence = tags.find((tag) => tag.startsWith('license:'))?.slice('license:'.length) ?? null;
    const files: HubFile[] = [];
    for await (const entry of listFiles({ ...access, repo: id, revision: commit })) {
      if (entry.type !== 'file') continue;
      if (files.length === MAX_FILES) throw new HubError(`${id} lists more than ${MAX_FILES} files`);
      files.push(fileOf(id, entry));
    }
    return { id, commit, licence, files };
  } catch (error) {
    throw explain(error, id, settings);
  }
}

/** @throws HubError when it cannot be the id of a model, e.g. a path */
export function requireId(id: string): void {
  if (idPattern.test(id)) return;
  throw new HubError(`"${id}" is no id of a model: expected owner/name, e.g. openai-community/gpt2`);
}

function fileOf(id: string, entry: object): HubFile {
  const { path, size, oid, lfs } = parse(
    Entry,
    entry,
    `${id}: file ${JSON.stringify((entry as HubFile & { path: unknown }).path)}`,
  );
  return { name: path, bytes: size, digest: lfs ? { kind: 'sha256', hex: lfs.oid } : { kind: 'git', hex: oid } };
}

function parse<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new HubError(`${what} as the hub lists it cannot be used: ${path.join('.')} ${message}`, {
    cause: parsed.error,
  });
}
