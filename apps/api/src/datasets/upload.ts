/** @file A request that brings a data set: a form with a file, or JSON that names a path. */
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MIB, type ProjectName } from '@rankforge/contracts';
import { DatasetError, type Source } from '@rankforge/tasks';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Caller } from '../access/access.js';
import type { ApiSettings } from '../platform/env.js';
import { fieldErrors } from '../platform/http/issues.js';
import { invalid, ProblemError } from '../platform/http/problem.js';
import { projectFile } from '../projects/project-files.js';
import { whileClientWaits } from '../uploads/client-gone.js';
import type { Uploads } from '../uploads/uploads.js';

/** Characters of a file's name that are kept. */
const nameCharacters = 200;

export interface Received<T> {
  spec: T;
  source: Source;
  /** Aborts when the client is gone. */
  signal: AbortSignal;
}

/**
 * Receives a data set, hands it to `use`, and takes an uploaded file, and what came out of it, away again whatever happens.
 *
 * @throws ProblemError when the request is not as described, or the upload is too large or breaks off
 */
export async function withUpload<S extends z.ZodType<{ format: string; path?: string | undefined }>, R>(
  request: FastifyRequest,
  schema: S,
  settings: ApiSettings & { uploads: Uploads },
  { project }: Pick<Caller, 'project'>,
  use: (received: Received<z.output<S>>) => Promise<R>,
): Promise<R> {
  const file = await settings.uploads.newPath();
  const scratch = `${file}.unpacked`;
  try {
    if (request.isMultipart()) {
      const { spec, name } = await receive(request, schema, file, settings);
      return await whileClientWaits(request, (signal) => use({ spec, source: { path: file, name, scratch }, signal }));
    }
    const spec = parsed(schema, request.body);
    if (spec.path === undefined) throw invalid([{ path: '/path', message: 'name a path, or send a form with a file' }]);
    const source = { ...(await namedSource(spec.path, project, settings.dataDir)), scratch };
    return await whileClientWaits(request, (signal) => use({ spec, source, signal }));
  } finally {
    // A thread that was ended has taken nothing away.
    await Promise.all([file, scratch].map((path) => rm(path, { recursive: true, force: true })));
  }
}

/** A path names files of the caller's project, never another's or the platform's own. */
async function namedSource(path: string, project: ProjectName, dataDir: string): Promise<Source> {
  try {
    return { path: await projectFile(project, dataDir, path), name: path };
  } catch (error) {
    throw error instanceof DatasetError ? invalid([{ path: error.field, message: error.message }]) : error;
  }
}

async function receive<S extends z.ZodType<{ format: string; path?: string | undefined }>>(
  request: FastifyRequest,
  schema: S,
  file: string,
  { uploadBytes }: ApiSettings,
): Promise<{ spec: z.output<S>; name: string }> {
  let spec: z.output<S> | undefined;
  const limits = { files: 1, fields: 1, fileSize: uploadBytes, fieldSize: MIB };
  try {
    for await (const part of request.parts({ limits })) {
      if (part.type === 'field') {
        spec = parsed(schema, jsonOf(part.value));
        continue;
      }
      if (spec === undefined) throw invalid([{ path: '/spec', message: 'the field "spec" must come before the file' }]);
      if (spec.path !== undefined) throw invalid([{ path: '/path', message: 'a path and a file; give one of them' }]);
      await pipeline(part.file, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
      const name = basename(part.filename || 'upload').slice(0, nameCharacters);
      if (part.file.truncated) throw tooLarge(uploadBytes);
      return { spec, name };
    }
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    if ((error as { code?: unknown }).code === 'FST_REQ_FILE_TOO_LARGE') throw tooLarge(uploadBytes);
    const detail = `The upload broke off: ${error instanceof Error ? error.message : error}`;
    throw new ProblemError('validation', detail, [{ path: '/file', message: detail }], { cause: error });
  }
  throw invalid([{ path: '/file', message: 'the form has no file' }]);
}

function tooLarge(bytes: number): ProblemError {
  return new ProblemError('body-too-large', `An upload may have ${bytes / MIB} MiB (RANKFORGE_UPLOAD_MIB)`);
}

function jsonOf(value: unknown): unknown {
  try {
    return JSON.parse(String(value));
  } catch (cause) {
    throw new ProblemError('malformed-json', 'The field "spec" is not JSON', undefined, { cause });
  }
}

function parsed<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value ?? {});
  if (!result.success) throw invalid(fieldErrors(result.error.issues));
  return result.data;
}
