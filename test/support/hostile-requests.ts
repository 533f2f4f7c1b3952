/** @file Requests that an OpenAPI document describes, with values in them that somebody chose to break the API. */
import fc from 'fast-check';

export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  propertyNames?: Schema;
}

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  schema: Schema;
}

export interface Operation {
  method: string;
  path: string;
  parameters: Parameter[];
  /** By type, e.g. `application/json`. */
  bodies: Record<string, Schema>;
}

/** The part of an OpenAPI document that says what may be asked. */
export interface RequestDocument {
  paths: Record<
    string,
    Record<string, { parameters?: Parameter[]; requestBody?: { content: Record<string, { schema: Schema }> } }>
  >;
  components: { schemas: Record<string, Schema> };
}

export function operationsOf({ paths }: RequestDocument): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      parameters,
      bodies: Object.fromEntries(
        Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => [type, schema]),
      ),
    })),
  );
}

/** A schema with its reference followed. */
export function resolved(schema: Schema, { components }: RequestDocument): Schema {
  return schema.$ref === undefined ? schema : components.schemas[schema.$ref.split('/').at(-1)!]!;
}

const nested = Array.from({ length: 200 }).reduce<unknown>((inner) => [inner], 'deep');

/** Texts that a database, a path, a statement or a number must not be made of. */
export const hostileTexts = [
  '',
  ' ',
  '\u0000',
  'nul\u0000inside',
  '\ud800',
  'half \udfff pair',
  '../../../etc/passwd',
  '\'; DROP TABLE "Trial"; --',
  '-1',
  '2147483648',
  '9223372036854775808',
  '1e400',
  'NaN',
  '0x10',
  '__proto__',
  'constructor',
  'a'.repeat(20_000),
];

const hostileValues = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<unknown>(...hostileTexts) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<unknown>(
      ...[-1, -(2 ** 31) - 1, 2 ** 31 - 1, 2 ** 31, 2 ** 53, 2 ** 63, 1e308, 5e-324, 0.5, -0],
      ...[null, true, [], {}, [null], nested, { '\u0000': 1 }, { '\udc00': '\ud800' }, JSON.parse('{"__proto__": 1}')],
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.json() },
);

/** Values that a schema describes; `names` gives texts that mean something here by the name of their field. */
export function valuesOf(
  schema: Schema,
  document: RequestDocument,
  names: Readonly<Record<string, readonly string[]>>,
  field = '',
): fc.Arbitrary<unknown> {
  const of = (inner: Schema, name = field) => valuesOf(inner, document, names, name);
  if (schema.$ref !== undefined) return of(resolved(schema, document));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((choice) => of(choice)));
  switch ([schema.type].flat()[0]) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number': {
      const least = Math.ceil(schema.minimum ?? 1);
      const most = Math.floor(Math.min(schema.maximum ?? least + 20, least + 20));
      return fc.integer({ min: least, max: Math.max(least, most) });
    }
    case 'string':
      return fc.constantFrom(...(names[field] ?? ['some-name']));
    case 'array':
      return fc.array(of(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.max(schema.minItems ?? 0, 2),
      });
    case 'object': {
      const properties = Object.entries(schema.properties ?? {}).map(([name, inner]) => [name, of(inner, name)]);
      const known = fc.record(Object.fromEntries(properties) as Record<string, fc.Arbitrary<unknown>>, {
        requiredKeys: schema.required ?? [],
      });
      const { additionalProperties: further } = schema;
      if (typeof further !== 'object') return known;
      return fc.dictionary(fc.constantFrom(...(names.key ?? ['key'])), of(further), { maxKeys: 2 });
    }
    case 'null':
      return fc.constant(null);
    default:
      return fc.json().map((text) => JSON.parse(text) as unknown);
  }
}

/** A value with something hostile at one of its places, or beside them. */
export function spoiled(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(values, fc.nat(), hostileValues, fc.constantFrom('replace', 'add'))
    .map(([value, at, hostile, how]) => {
      const copy = structuredClone({ root: value });
      const places = placesOf(copy);
      const { holder, key } = places[at % places.length]!;
      const inner = holder[key];
      if (how === 'add' && typeof inner === 'object' && inner !== null && !Array.isArray(inner)) {
        (inner as Record<string, unknown>)[typeof hostile === 'string' ? hostile : 'constructor'] = hostile;
      } else holder[key] = hostile;
      return copy.root;
    });
}

interface Place {
  holder: Record<string, unknown>;
  key: string;
}

function placesOf(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesOf(holder[key])]);
}
