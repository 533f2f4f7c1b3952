import { type Configured, shownConfig } from '@rankforge/contracts';
import { evaluators } from '@rankforge/evaluators';
import { strategies } from '@rankforge/federated';
import { methods, optimizers, recipes } from '@rankforge/peft';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const parts = {
  methodConfig: [...methods, ...evaluators],
  optimizerConfig: optimizers,
  strategyConfig: strategies,
  recipeConfig: recipes,
};
type Field = keyof typeof parts;

/** A value of its own for each field that the record of a part has. */
function distinct(field: Field, { name, config }: { name: string; config: z.ZodType }): Record<string, string> {
  const { properties = {} } = z.toJSONSchema(config, { io: 'input', unrepresentable: 'any' });
  return Object.fromEntries(Object.keys(properties).map((key) => [key, `${key} of ${field} of ${name}`]));
}

describe('shownConfig', () => {
  const fields = Object.keys(parts) as Field[];
  const pairs = fields.flatMap((one, at) => fields.slice(at + 1).map((other) => [one, other] as const));

  it.each(pairs)('shows each value of %s and of %s, whichever entries of the registries they are of', (one, other) => {
    for (const first of parts[one]) {
      const own = distinct(one, first);
      for (const second of parts[other]) {
        const others = distinct(other, second);
        const spec: Configured = { methodConfig: {}, optimizerConfig: {}, [one]: own, [other]: others };
        const expected = [...Object.values(own), ...Object.values(others)];
        expect(Object.values(shownConfig(spec)).toSorted(), `${first.name} with ${second.name}`).toEqual(
          expected.toSorted(),
        );
      }
    }
  });

  it('names a field with its part where two parts have it', () => {
    const spec = { methodConfig: { beta1: 0.85, alpha: 8 }, optimizerConfig: { beta1: 0.95, weightDecay: 0 } };
    expect(shownConfig(spec)).toEqual({
      alpha: 8,
      'config.beta1': 0.85,
      'optimizerConfig.beta1': 0.95,
      weightDecay: 0,
    });
  });
});
