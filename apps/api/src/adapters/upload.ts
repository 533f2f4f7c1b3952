/** @file A form that brings an adapter: the field `spec`, then the file. */
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { CreateAdapter, MIB } from '@rankforge/contracts';
import type { FastifyRequest } from 'fastify';
import type { ApiSettings } from '../platform/env.js';
import { fieldErrors } from '../platform/http/issues.js';
import { invalid, ProblemError } from '../platform/http/problem.js';
import { whileClientWaits } from '../uploads/client-gone.js';
import type { Uploads } from '../uploads/uploads.js';

/**
 * Receives an adapter, hands it to `use`, and takes the uploaded file away again whatever happens.
 *
 * @throws ProblemError when the request is not as described, or the upload is too large or breaks off
 */
export async function withAdapterFile<R>(
  request: FastifyRequest,
  { uploads, uploadBytes }: Pick<ApiSettings, 'uploadBytes'> & { uploads: Uploads },
  use: (spec: CreateAdapter, file: string, signal: AbortSignal) => Promise<R>,
): Promise<R> {
  if (!request.isMultipart()) throw invalid([{ path: '', message: 'send a form with the field "spec" and a file' }]);
  const file = await uploads.newPath();
  try {
    const spec = await receive(request, file, uploadBytes);
    return await whileClientWaits(request, (signal) => use(spec, file, signal));
  } finally {
    await rm(file, { force: true });
  }
}

async function receive(request: FastifyRequest, file: string, uploadBytes: number): Promise<CreateAdapter> {
  let spec: CreateAdapter | undefined;
  const tooLarge = () =>
    new ProblemError('body-too-large', `An upload may have ${uploadBytes / MIB} MiB (RANKFORGE_UPLOAD_MIB)`);
  try {
    for await (const part of request.parts({
      limits: { files: 1, fields: 1, fileSize: uploadBytes, fieldSize: MIB },
    })) {
      if (part.type === 'field') {
        spec = parsed(part.value);
        continue;
      }
      if (spec === undefined) throw invalid([{ path: '/spec', message: 'the field "spec" must come before the file' }]);
      await pipeline(part.file, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
      if (part.file.truncated) throw tooLarge();
      return spec;
    }
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    if ((error as { code?: unknown }).code === 'FST_REQ_FILE_TOO_LARGE') throw tooLarge();
    const detail = `The upload broke off: ${error instanceof Error ? error.message : error}`;
    throw new ProblemError('validation', detail, [{ path: '/file', message: detail }], { cause: error });
  }
  throw invalid([{ path: '/file', message: 'the form has no file' }]);
}

function parsed(value: unknown): CreateAdapter {
  let json: unknown;
  try {
    json = JSON.parse(String(value));
  } catch (cause) {
    throw new ProblemError('malformed-json', 'The field "spec" is not JSON', undefined, { cause });
  }
  const result = CreateAdapter.safeParse(json);
  if (!result.success) throw invalid(fieldErrors(result.error.issues));
  return result.data;
}
