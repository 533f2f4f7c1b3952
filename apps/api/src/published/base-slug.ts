import { invalid } from '../platform/http/problem.js';

/**
 * The name that boards have for a base model of a hub.
 *
 * @param path JSON pointer to where the request names it
 * @throws ProblemError `invalid` where its name has neither letters nor digits
 * @example baseSlug('meta-llama/Llama-3.2-3B', '/base') // 'llama-3-2-3b'
 */
export function baseSlug(modelId: string, path: string): string {
  const name = modelId.split('/').at(-1)!.toLowerCase();
  const slug = name
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 64)
    .replace(/-$/, '');
  if (slug === '') throw invalid([{ path, message: 'expected a name with letters or digits' }]);
  return slug;
}
