/** @file A form that brings a file: the field `spec`, then the file, and nothing else. */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { MIB } from '@rankforge/contracts';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { jsonOf } from '../platform/http/body-types.js';
import { fieldErrors } from '../platform/http/issues.js';
import { invalid, jsonPointer, ProblemError } from '../platform/http/problem.js';
import { noDisk } from './no-disk.js';

interface Form<S extends z.ZodType> {
  schema: S;
  /** Where the file is written to. */
  file: string;
  uploadBytes: number;
  /** Refuses a request before its file is received. */
  check?(spec: z.output<S>): void;
}

/**
 * The request of a form, and the name that its file has there.
 *
 * @throws ProblemError when the form is not as described, or the upload is too large or breaks off
 */
export async function receiveForm<S extends z.ZodType>(
  request: FastifyRequest,
  { schema, file, uploadBytes, check }: Form<S>,
): Promise<{ spec: z.output<S>; name: string }> {
  const refused = (field: string, message: string) => invalid([{ path: jsonPointer([field]), message }]);
  let spec: z.output<S> | undefined;
  let name: string | undefined;
  try {
    // One more than is taken, so that it can be named.
    const limits = { files: 2, fields: 2, fileSize: uploadBytes, fieldSize: MIB };
    for await (const part of request.parts({ limits })) {
      const { fieldname, type } = part;
      if (fieldname !== (type === 'file' ? 'file' : 'spec')) {
        throw refused(fieldname, 'unknown field; a form has the field "spec" and then the file "file"');
      }
      if (name !== undefined) throw refused(fieldname, 'nothing may follow the file');
      if (part.type === 'field') {
        if (spec !== undefined) throw refused(fieldname, 'stands twice; give it once');
        spec = parsed(schema, jsonOf(String(part.value), notRead));
        check?.(spec);
        continue;
      }
      if (spec === undefined) throw refused('spec', 'the field "spec" must come before the file');
      await pipeline(part.file, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
      if (part.file.truncated) throw tooLarge(uploadBytes);
      name = part.filename ?? '';
    }
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    const away = noDisk(error);
    if (away) throw away;
    if ((error as { code?: unknown }).code === 'FST_REQ_FILE_TOO_LARGE') throw tooLarge(uploadBytes);
    const detail = `The upload broke off: ${error instanceof Error ? error.message : error}`;
    throw new ProblemError('validation', detail, [{ path: '/file', message: detail }], { cause: error });
  }
  if (spec === undefined || name === undefined) throw refused('file', 'the form has no file');
  return { spec, name };
}

/** A value as a schema takes it. @throws ProblemError naming every field that is wrong */
export function parsed<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value ?? {});
  if (!result.success) throw invalid(fieldErrors(result.error.issues));
  return result.data;
}

const notRead = (problem: string) => new ProblemError('malformed-json', `The field "spec" ${problem}`);

function tooLarge(bytes: number): ProblemError {
  return new ProblemError('body-too-large', `An upload may have ${bytes / MIB} MiB (RANKFORGE_UPLOAD_MIB)`);
}
