import { type ArgumentMetadata, Injectable, StandardSchemaValidationPipe } from '@nestjs/common';
import type { z } from 'zod';
import { fieldErrors } from './issues.js';
import { invalid, ProblemError } from './problem.js';

const beside = new WeakSet<object>();

/** A schema of bodies so long that they are held to it in the process that uses them: see `bodyOf`. */
export function checkedBeside<Schema extends z.ZodType>(schema: Schema): Schema {
  beside.add(schema);
  return schema;
}

/** A body as its schema reads it. @throws ProblemError naming the fields that are wrong */
export function bodyOf<Body>(schema: z.ZodType<Body>, body: unknown): Body {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw invalid(fieldErrors(parsed.error.issues));
}

/** Checks every argument that names a schema, and answers with the fields that are wrong. */
@Injectable()
export class ValidationPipe extends StandardSchemaValidationPipe {
  constructor() {
    // Every schema of the contracts is zod's, so its issues are too.
    super({ exceptionFactory: (issues) => invalid(fieldErrors(issues as readonly z.core.$ZodIssue[])) });
  }

  /** A single parameter of the path or the query is named by its name: it has no path of its own. */
  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    if (metadata.schema && beside.has(metadata.schema)) return value as never;
    try {
      return await super.transform(value, metadata);
    } catch (error) {
      if (metadata.data === undefined || !(error instanceof ProblemError)) throw error;
      throw invalid((error.errors ?? []).map(({ path, message }) => ({ path: `/${metadata.data}${path}`, message })));
    }
  }
}
