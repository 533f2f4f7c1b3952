import { baseOfGenerator, type CreateSweep, type FieldError } from '@rankforge/contracts';
import { isEvaluator } from '@rankforge/evaluators';
import { unknownName } from '../catalog/unknown-name.js';
import type { Generators, PlannedGenerator } from '../generators/generators.service.js';
import type { MethodAxes } from './expand.js';

/** The generator that a sweep names; `errors` say why it cannot be asked. */
export async function findGenerator(
  { generator: name, base, on }: Pick<CreateSweep, 'generator' | 'base' | 'on'>,
  { generators, projectId }: { generators: Generators; projectId: string },
  errors: FieldError[],
): Promise<PlannedGenerator | undefined> {
  if (name === undefined) return undefined;
  const add = (path: string, message: string) => errors.push({ path, message });
  const found = await generators.find(name, projectId).catch((cause: Error) => {
    add('/generator', `${name} cannot be asked: ${cause.message}`);
    return null;
  });
  if (found === null) return undefined;
  if (!found) {
    add('/generator', unknownName('generator', name, await generators.names(projectId)));
    return undefined;
  }
  const own = baseOfGenerator(found.spec);
  // A trial holds one model: that of its base, whose bytes are predicted, and whose digest the generator has.
  if (own !== undefined && own !== base) add('/base', `${name} is of the base model ${own}: name that, got ${base}`);
  if (own !== undefined && on !== undefined) {
    add('/on', `${name} is of ${own} as it is: leave it out, or add the training ${on} as a generator and ask that`);
  }
  return found;
}

/** Where all methods train, only a recipe asks a generator. */
export function checkAsked(
  { generator }: Pick<CreateSweep, 'generator'>,
  methods: readonly Pick<MethodAxes, 'method' | 'recipe'>[],
  errors: FieldError[],
): void {
  const asks = ({ method, recipe }: (typeof methods)[number]) =>
    isEvaluator(method) || recipe?.examples?.writing !== undefined;
  if (generator === undefined || methods.some(asks)) return;
  const message = `no recipe here has texts written: leave ${generator} out, or name one that does, such as weak-queries with the source generator`;
  errors.push({ path: '/generator', message });
}
