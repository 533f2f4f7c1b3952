/** @file Where the fields of a configuration end, as their schemas say. */

import type { BoundsOf } from '@rankforge/boards';
import type { Contender } from '@rankforge/contracts';
import { evaluators } from '@rankforge/evaluators';
import { strategies } from '@rankforge/federated';
import { methods, optimizers, recipes } from '@rankforge/peft';
import { z } from 'zod';

type Property = Partial<Record<'minimum' | 'maximum' | 'exclusiveMinimum' | 'exclusiveMaximum', number>>;

/** The bounds that the schemas of a method, an optimizer, a strategy and a recipe give their fields; none where they are no longer known. */
export function fieldBounds({ method, optimizer, strategy, recipe }: Contender): BoundsOf {
  const schemas = {
    config: [...methods, ...evaluators].find(({ name }) => name === method)?.config,
    optimizerConfig: optimizers.find(({ name }) => name === optimizer)?.config,
    strategyConfig: strategies.find(({ name }) => name === strategy)?.config,
    recipeConfig: recipes.find(({ name }) => name === recipe)?.config,
  };
  return (axis) => {
    const [part, field] = axis.split('.') as [keyof typeof schemas, string | undefined];
    if (field === undefined) return axis === 'rank' ? { least: 1 } : {};
    const schema = schemas[part];
    if (!schema) return {};
    const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    const { minimum, maximum } = (properties[field] ?? {}) as Property;
    return { ...(minimum !== undefined && { least: minimum }), ...(maximum !== undefined && { most: maximum }) };
  };
}
