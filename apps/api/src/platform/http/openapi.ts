import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { Problem } from '@rankforge/contracts';
import { z } from 'zod';
import { publicExtension } from '../../keys/access.js';
import { sessionCookie } from '../../keys/secret.js';
import { apiVersion } from '../version.js';

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
  const problem = convert(Problem, 'output', components);
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, ...(problem.components as object) },
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

/** Draft 2020-12 of a schema, shared parts as components. */
function convert(schema: z.ZodType, io: 'input' | 'output', known: Map<string, string>) {
  const {
    $defs = {},
    $schema: _,
    ...root
  } = z.toJSONSchema(schema, { io, reused: 'inline' }) as JsonSchema & {
    $defs?: Record<string, JsonSchema>;
  };
  const id = z.globalRegistry.get(schema)?.id;
  const parts: Record<string, JsonSchema> = id ? { ...$defs, [id]: root } : $defs;
  const names = new Map(Object.keys(parts).map((name) => [name, componentName(name, parts[name]!, io, known)]));
  const rename = (value: unknown): unknown => renamed(value, names);
  return {
    schema: (id ? { $ref: `#/components/schemas/${names.get(id)}` } : rename(root)) as never,
    components: Object.fromEntries([...names].map(([name, as]) => [as, rename(withoutId(parts[name]!))])) as never,
  };
}

/** A name taken by another form of the schema gets a suffix. */
function componentName(name: string, part: JsonSchema, io: 'input' | 'output', known: Map<string, string>): string {
  const text = JSON.stringify(withoutId(part));
  for (const candidate of [name, `${name}${io === 'output' ? 'Output' : 'Input'}`]) {
    const taken = known.get(candidate);
    if (taken !== undefined && taken !== text) continue;
    known.set(candidate, text);
    return candidate;
  }
  throw new Error(`two schemas have the id ${name}`);
}

function withoutId({ id: _, $id: __, ...rest }: JsonSchema): JsonSchema {
  return rest;
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
