import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { CreateAdapter, CreateDataset, InspectDataset, PaperClaimList, Problem } from '@rankforge/contracts';
import { z } from 'zod';
import { publicExtension } from '../access/access.js';
import { sessionCookie } from '../access/session-cookies.js';
import { apiVersion } from '../platform/version.js';

type JsonSchema = Record<string, unknown>;

interface Operation {
  responses: Record<string, unknown>;
  security?: unknown[];
  [publicExtension]?: boolean;
}

/**
 * The OpenAPI 3.1 document of the routes, from their schemas. Responses say what is sent, requests what may be sent: a
 * schema whose two forms differ (defaults are optional in one, present in the other) appears as `X` and `XOutput`.
 */
export function describeApi(app: INestApplication): OpenAPIObject {
  const components = new Map<string, string>();
  const config = new DocumentBuilder()
    .setTitle('Rankforge')
    .setDescription('Sweeps over low-rank and memory-efficient fine-tuning methods under memory budgets.')
    .setVersion(apiVersion)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'rf_…' })
    .addCookieAuth(sessionCookie)
    .addSecurityRequirements('bearer')
    .addSecurityRequirements('cookie')
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}.${method}`,
    standardSchemaConverter: (schema, { schemaType }) => convert(schema as z.ZodType, schemaType, components),
  });
  const further = [
    convert(Problem, 'output', components),
    // Its route answers in two types.
    convert(PaperClaimList, 'output', components),
    // Requests that forms carry: their routes name them, and a form is no schema.
    convert(CreateAdapter, 'input', components),
    convert(CreateDataset, 'input', components),
    convert(InspectDataset, 'input', components),
  ];
  document.components = {
    ...document.components,
    schemas: Object.assign({}, document.components?.schemas, ...further.map((part) => part.components)),
  };
  for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path) as Operation[])) {
    operation.responses.default ??= {
      description: 'A problem (RFC 9457)',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    };
    if (operation[publicExtension]) operation.security = [];
    delete operation[publicExtension];
  }
  return document;
}

type WithParts = JsonSchema & { $defs?: Record<string, JsonSchema> };

/** By form: what was made of a schema, which many routes may share. */
const made = { input: new WeakMap<z.ZodType, WithParts>(), output: new WeakMap<z.ZodType, WithParts>() };

function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): WithParts {
  const found = made[io].get(schema) ?? (z.toJSONSchema(schema, { io }) as WithParts);
  made[io].set(schema, found);
  return found;
}

/** Draft 2020-12 of a schema; what has an id becomes a component. */
function convert(schema: z.ZodType, io: 'input' | 'output', known: Map<string, string>) {
  const { $defs: parts = {}, $schema: _, ...root } = jsonSchemaOf(schema, io);
  const names = new Map(Object.keys(parts).map((name) => [name, componentName(name, parts, io, known)]));
  return {
    schema: renamed(root, names) as never,
    components: Object.fromEntries([...names].map(([name, as]) => [as, renamed(parts[name], names)])) as never,
  };
}

/** A name that another form of the schema has taken gets a suffix. */
function componentName(
  name: string,
  parts: Readonly<Record<string, JsonSchema>>,
  io: 'input' | 'output',
  known: Map<string, string>,
): string {
  const whole = JSON.stringify([...reachable(name, parts)].sort().map((part) => [part, parts[part]]));
  for (const candidate of [name, `${name}${io === 'output' ? 'Output' : 'Input'}`]) {
    const taken = known.get(candidate);
    if (taken !== undefined && taken !== whole) continue;
    known.set(candidate, whole);
    return candidate;
  }
  throw new Error(`two schemas have the id ${name}`);
}

/** A part and every part it refers to: two forms are one only if they agree in all of it. */
function reachable(name: string, parts: Readonly<Record<string, JsonSchema>>, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const [, next] of JSON.stringify(parts[name]).matchAll(/"#\/\$defs\/([^"]+)"/g)) reachable(next!, parts, found);
  return found;
}

function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, names));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key !== '$ref' || typeof inner !== 'string') return [key, renamed(inner, names)];
      const name = inner.split('/').at(-1)!;
      return [key, `#/components/schemas/${names.get(name) ?? name}`];
    }),
  );
}
