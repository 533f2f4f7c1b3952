import type { FastifyRequest } from 'fastify';

/**
 * Does some work for a request, with a signal that aborts when its client goes away meanwhile.
 *
 * @example await whileClientWaits(request, (signal) => importer.import(options, { owner: project.id, signal }))
 */
export async function whileClientWaits<R>(
  request: FastifyRequest,
  work: (signal: AbortSignal) => Promise<R>,
): Promise<R> {
  const { socket } = request.raw;
  const gone = new AbortController();
  const leave = () => gone.abort();
  socket.once('close', leave);
  if (socket.destroyed) leave();
  try {
    return await work(gone.signal);
  } finally {
    socket.removeListener('close', leave);
  }
}
