import type { CreateSweep, FieldError, TrialGenerator } from '@rankforge/contracts';
import type { Generators } from '../generators/generators.service.js';
import { unknownName } from './expand.js';

/** The generator that a sweep names; `errors` say why it cannot be asked. */
export async function findGenerator(
  { generator: name, base }: Pick<CreateSweep, 'generator' | 'base'>,
  { generators, projectId }: { generators: Generators; projectId: string },
  errors: FieldError[],
): Promise<TrialGenerator | undefined> {
  if (name === undefined) return undefined;
  const found = await generators.find(name, projectId);
  if (!found) errors.push(unknownName('/generator', 'generator', await generators.names(projectId)));
  // A trial holds one model: that of its base, whose bytes are predicted.
  else if (found.kind === 'base' && found.base !== base) {
    errors.push({ path: '/base', message: `${name} is the base model ${found.base}: name that, got ${base}` });
  }
  return found;
}
