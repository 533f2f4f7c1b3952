/** @file Values of a file by their keys: each is checked where it is taken, and what nobody took is known in the end. */
import type { ToolField, ToolProblem } from './training.js';

const said = (value: unknown): string => JSON.stringify(value)?.slice(0, 80) ?? 'nothing';

/** True if a value leaves a feature off. */
export const isOff = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  ['', 'no', 'none', false, 0].includes(value as string) ||
  (typeof value === 'object' && Object.keys(value).length === 0);

/** Keys that are not taken as a value, and what is known of them. */
export interface Known {
  /** Keys that change neither bytes nor what is trained: data, paths, logs. */
  ignored: readonly string[];
  /** Keys that change the answer and are not read, with what to do. They count where their value is on. */
  refused: Readonly<Record<string, { why: string; field?: ToolField }>>;
}

/** Fields of a file. A value that cannot be read becomes a problem, and reading goes on. */
export class Fields {
  readonly problems: ToolProblem[] = [];
  readonly #left: Map<string, unknown>;

  constructor(settings: Readonly<Record<string, unknown>>) {
    this.#left = new Map(Object.entries(settings));
    this.keys = new Set(Object.keys(settings));
  }

  /** Keys that the file has, those that are taken already among them. */
  readonly keys: ReadonlySet<string>;

  problem(key: string, message: string, field?: ToolField): void {
    this.problems.push({ key, field, message });
  }

  /** The value of a key; undefined where there is none, or null. */
  take(key: string): unknown {
    const value = this.#left.get(key);
    this.#left.delete(key);
    return value ?? undefined;
  }

  text(key: string): string | undefined {
    const value = this.take(key);
    if (value === undefined || typeof value === 'string') return value;
    this.problem(key, `expected a text, got ${said(value)}`);
    return undefined;
  }

  /** @param also texts that count as on */
  flag(key: string, also: readonly string[] = []): boolean | undefined {
    const value = this.take(key);
    if (value === undefined || typeof value === 'boolean') return value;
    if (typeof value === 'string' && also.includes(value)) return true;
    this.problem(key, `expected ${[true, false, ...also].join(', ')}, got ${said(value)}`);
    return undefined;
  }

  /** A number; a text of one is read as such, since YAML takes 1e-4 for a text. */
  number(key: string): number | undefined {
    const value = this.take(key);
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (number === undefined || (typeof number === 'number' && Number.isFinite(number))) return number;
    this.problem(key, `expected a number, got ${said(value)}`);
    return undefined;
  }

  whole(key: string, least = 1): number | undefined {
    const number = this.number(key);
    if (number === undefined || (Number.isSafeInteger(number) && number >= least)) return number;
    this.problem(key, `expected a whole number from ${least} on, got ${number}`);
    return undefined;
  }

  /** Names; a text of several with commas is read too. */
  names(key: string): string[] | undefined {
    const value = this.take(key);
    if (value === undefined) return undefined;
    const names: unknown = typeof value === 'string' ? value.split(',').map((name) => name.trim()) : value;
    if (Array.isArray(names) && names.every((name): name is string => typeof name === 'string')) return names;
    this.problem(key, `expected a list of names, got ${said(value)}`);
    return undefined;
  }

  /** The counterpart of a name. */
  oneOf<T>(key: string, name: string, known: Readonly<Record<string, T>>, field?: ToolField): T | undefined {
    if (Object.hasOwn(known, name)) return known[name];
    this.problem(key, `${name} is not read here; ${Object.keys(known).join(', ')} are`, field);
    return undefined;
  }

  /** Keys by their part in the training: taken; without bearing on it, as those that are off; not known. One that is refused, and on, becomes a problem. */
  rest({ ignored, refused }: Known): { read: string[]; ignored: string[]; notRead: string[] } {
    const parted = { read: [] as string[], ignored: [] as string[], notRead: [] as string[] };
    for (const key of this.keys) {
      const value = this.#left.get(key);
      if (!this.#left.has(key)) parted.read.push(key);
      else if (isOff(value) || ignored.includes(key)) parted.ignored.push(key);
      else if (Object.hasOwn(refused, key))
        this.problem(key, `${said(value)} ${refused[key]!.why}`, refused[key]!.field);
      else parted.notRead.push(key);
    }
    return parted;
  }
}
