import type { Base } from '@rankforge/bases';
import { modelInput, writesTokens } from '@rankforge/peft';
import type { Catalog } from '../../catalog/catalog.js';
import { invalid } from '../../platform/http/problem.js';

/**
 * A base that writes.
 * @param path of the field that names it
 * @param what begins the sentence about it
 * @throws ProblemError where it is not there, reads no text or predicts no next token
 */
export async function writingBase(catalog: Catalog, name: string, path: string, what: string): Promise<Base> {
  await catalog.refreshBases();
  const base = catalog.base(name);
  const refused = (message: string) => invalid([{ path, message }]);
  if (!base) throw refused(catalog.missingBase(name));
  if (modelInput(base.config).kind !== 'tokens') throw refused(`${what} reads no text: expected a base that writes`);
  if (!writesTokens(base.config)) {
    throw refused(
      `${what} predicts no next token, as no ${base.config.architecture} does: expected a causal language model`,
    );
  }
  return base;
}
