import { type ArgumentMetadata, Injectable, StandardSchemaValidationPipe } from '@nestjs/common';
import type { z } from 'zod';
import { fieldErrors } from './issues.js';
import { invalid, ProblemError } from './problem.js';

/** Checks every argument that names a schema, and answers with the fields that are wrong. */
@Injectable()
export class ValidationPipe extends StandardSchemaValidationPipe {
  constructor() {
    // Every schema of the contracts is zod's, so its issues are too.
    super({ exceptionFactory: (issues) => invalid(fieldErrors(issues as readonly z.core.$ZodIssue[])) });
  }

  /** A single parameter of the path or the query is named by its name: it has no path of its own. */
  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    try {
      return await super.transform(value, metadata);
    } catch (error) {
      if (metadata.data === undefined || !(error instanceof ProblemError)) throw error;
      throw invalid((error.errors ?? []).map(({ path, message }) => ({ path: `/${metadata.data}${path}`, message })));
    }
  }
}
