/** A file that is not valid safetensors; the message names the file and the field. */
export class SafetensorsError extends Error {
  constructor(file: string, problem: string, options?: ErrorOptions) {
    super(`${file}: ${problem}`, options);
    this.name = 'SafetensorsError';
  }
}

/** A value of a hostile file as it may be put into a message: JSON, cut when long. */
export function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
