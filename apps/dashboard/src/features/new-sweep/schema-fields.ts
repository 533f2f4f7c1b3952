/** @file Fields of a configuration, read from the JSON Schema that the API gives for it. */
import type { MethodList } from '@rankforge/contracts';
import { z } from 'zod';
import type { ScalarReader } from './form-values.js';

const Property = z.object({
  type: z.enum(['number', 'integer', 'string', 'boolean']).optional().catch(undefined),
  description: z.string().optional(),
  default: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMaximum: z.number().optional(),
});

const ConfigSchema = z.object({ properties: z.record(z.string(), z.unknown()).optional() });

export interface SchemaField {
  name: string;
  label: string;
  description: string | undefined;
  kind: 'number' | 'text' | 'choice';
  /** Values to choose from, for `choice`. */
  options: string[];
  /** What holds when the field is left empty. */
  fallback: string | undefined;
  range: string | undefined;
  read: (text: string) => string | number | boolean;
}

/** `without` names fields that stand elsewhere in the form: the rank is an axis of the sweep. */
export function schemaFields(schema: Record<string, unknown>, without: readonly string[] = []): SchemaField[] {
  const { properties = {} } = ConfigSchema.catch({}).parse(schema);
  return Object.entries(properties)
    .filter(([name]) => !without.includes(name))
    .map(([name, property]) => fieldOfProperty(name, Property.catch({}).parse(property)));
}

function fieldOfProperty(name: string, property: z.infer<typeof Property>): SchemaField {
  const common = {
    name,
    label: labelOf(name),
    description: property.description,
    fallback: property.default === undefined || property.default === null ? undefined : String(property.default),
  };
  if (property.type === 'boolean') {
    return { ...common, kind: 'choice', options: ['true', 'false'], range: undefined, read: (text) => text === 'true' };
  }
  if (property.enum) {
    const byText = new Map(property.enum.map((value) => [String(value), value as string | number | boolean]));
    return {
      ...common,
      kind: 'choice',
      options: [...byText.keys()],
      range: undefined,
      read: (text) => byText.get(text) ?? text,
    };
  }
  if (property.type === 'string')
    return { ...common, kind: 'text', options: [], range: undefined, read: (text) => text };
  return { ...common, kind: 'number', options: [], range: rangeOf(property), read: numberOrText };
}

/** A text that is no number is sent as it is, so that the API names it in its refusal. */
function numberOrText(text: string): number | string {
  const value = Number(text);
  return text.trim() !== '' && Number.isFinite(value) ? value : text;
}

/** @example labelOf('targetRank') // 'Target rank' */
function labelOf(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Bounds that JSON Schema sets only to keep integers safe say nothing to a person. */
function rangeOf({
  minimum,
  exclusiveMinimum,
  maximum,
  exclusiveMaximum,
}: z.infer<typeof Property>): string | undefined {
  const shown = (bound: number | undefined) => bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  const parts = [
    shown(minimum) ? `≥ ${minimum}` : '',
    shown(exclusiveMinimum) ? `> ${exclusiveMinimum}` : '',
    shown(maximum) ? `≤ ${maximum}` : '',
    shown(exclusiveMaximum) ? `< ${exclusiveMaximum}` : '',
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(', ') : undefined;
}

/** How texts of the fields of methods, optimizers, strategies and recipes become values. */
export function readersOf({ methods, optimizers, strategies, recipes }: MethodList) {
  const readerOf =
    (entries: { name: string; config: Record<string, unknown> }[]) =>
    (name: string): ScalarReader => {
      const schema = entries.find((entry) => entry.name === name)?.config ?? {};
      const fields = new Map(schemaFields(schema).map((field) => [field.name, field]));
      return (field, text) => fields.get(field)?.read(text) ?? numberOrText(text);
    };
  return {
    method: readerOf(methods),
    optimizer: readerOf(optimizers),
    strategy: readerOf(strategies),
    recipe: readerOf(recipes),
  };
}
