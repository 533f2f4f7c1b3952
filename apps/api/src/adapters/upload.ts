/** @file A form that brings an adapter: the field `spec`, then the file. */
import { CreateAdapter } from '@rankforge/contracts';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../access/access.js';
import type { ApiSettings } from '../platform/env.js';
import { invalid } from '../platform/http/problem.js';
import { whileClientWaits } from '../uploads/client-gone.js';
import { receiveForm } from '../uploads/form.js';
import type { Uploads } from '../uploads/uploads.js';

/**
 * Receives an adapter, hands it to `use`, and takes the uploaded file away again whatever happens.
 *
 * @throws ProblemError when the request is not as described, or the upload is too large or breaks off
 */
export async function withAdapterFile<R>(
  request: FastifyRequest,
  { uploads, uploadBytes }: Pick<ApiSettings, 'uploadBytes'> & { uploads: Uploads },
  { project }: Pick<Caller, 'project'>,
  use: (spec: CreateAdapter, file: string, signal: AbortSignal) => Promise<R>,
): Promise<R> {
  if (!request.isMultipart()) throw invalid([{ path: '', message: 'send a form with the field "spec" and a file' }]);
  const { path: file, release } = await uploads.hold(project.id);
  try {
    const { spec } = await receiveForm(request, { schema: CreateAdapter, file, uploadBytes });
    return await whileClientWaits(request, (signal) => use(spec, file, signal));
  } finally {
    await release();
  }
}
