/** @file A request that brings a data set: a form with a file, or JSON that names a path. */
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { cutText, type ProjectName, storable } from '@rankforge/contracts';
import { DatasetError, type Source } from '@rankforge/tasks';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Caller } from '../access/access.js';
import type { ApiSettings } from '../platform/env.js';
import { invalid } from '../platform/http/problem.js';
import { projectFile } from '../projects/project-files.js';
import { whileClientWaits } from '../uploads/client-gone.js';
import { parsed, receiveForm } from '../uploads/form.js';
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
  const { path: file, release } = await settings.uploads.hold(project.id);
  const scratch = `${file}.unpacked`;
  try {
    if (request.isMultipart()) {
      const { uploadBytes } = settings;
      const { spec, name: given } = await receiveForm(request, { schema, file, uploadBytes, check: withoutPath });
      const name = storable(cutText(basename(given || 'upload'), nameCharacters));
      return await whileClientWaits(request, (signal) => use({ spec, source: { path: file, name, scratch }, signal }));
    }
    const spec = parsed(schema, request.body);
    if (spec.path === undefined) throw invalid([{ path: '/path', message: 'name a path, or send a form with a file' }]);
    const source = { ...(await namedSource(spec.path, project, settings.dataDir)), scratch };
    return await whileClientWaits(request, (signal) => use({ spec, source, signal }));
  } finally {
    // A process that was ended has taken nothing away.
    await rm(scratch, { recursive: true, force: true });
    await release();
  }
}

function withoutPath({ path }: { path?: string | undefined }): void {
  if (path !== undefined) throw invalid([{ path: '/path', message: 'a path and a file; give one of them' }]);
}

/** A path names files of the caller's project, never another's or the platform's own. */
async function namedSource(path: string, project: ProjectName, dataDir: string): Promise<Source> {
  try {
    return { path: await projectFile(project, dataDir, path), name: path };
  } catch (error) {
    throw error instanceof DatasetError ? invalid([{ path: error.field, message: error.message }]) : error;
  }
}
