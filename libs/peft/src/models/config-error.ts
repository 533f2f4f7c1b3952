/** A `config.json` that cannot be used, with the field that is to blame. */
export class ModelConfigError extends Error {
  constructor(
    readonly field: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${field}: ${message}`, options);
    this.name = 'ModelConfigError';
  }
}
