import type { FieldError } from '@rankforge/contracts';

/** Runs or a question that no board can be made of, by field. */
export class BoardRefused extends Error {
  constructor(readonly errors: readonly FieldError[]) {
    super(errors.map(({ path, message }) => `${path}: ${message}`).join('\n'));
    this.name = 'BoardRefused';
  }
}
