import { Injectable, StandardSchemaValidationPipe } from '@nestjs/common';
import type { z } from 'zod';
import { fieldErrors } from './issues.js';
import { invalid } from './problem.js';

/** Checks every argument that names a schema, and answers with the fields that are wrong. */
@Injectable()
export class ValidationPipe extends StandardSchemaValidationPipe {
  constructor() {
    // Every schema of the contracts is zod's, so its issues are too.
    super({ exceptionFactory: (issues) => invalid(fieldErrors(issues as readonly z.core.$ZodIssue[])) });
  }
}
