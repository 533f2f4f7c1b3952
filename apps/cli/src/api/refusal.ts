/** @file Requests that the API refused, as people read why. */
import type { Problem } from '@rankforge/client';
import { CommandError, exitCode } from '../exit-codes.js';

/** Says where a field of a request stands in the file that it was read from; undefined where it stands in none. */
export type PlaceOf = (path: string) => string | undefined;

/** The API refused a request. */
export class Refusal extends CommandError {
  constructor(
    private readonly linesWith: (placeOf: PlaceOf) => readonly string[],
    status: number,
  ) {
    super(linesWith(() => undefined).join('\n'), status);
  }

  /** The same, in which fields are named with their places. */
  at(placeOf: PlaceOf): CommandError {
    return new CommandError(this.linesWith(placeOf).join('\n'), this.status, { cause: this });
  }
}

/** @param keyless how to get a key, where none was sent */
export const refusal = (problem: Problem, url: string, keyless: string | undefined): Refusal =>
  new Refusal(
    (placeOf) => refusalLines(problem, { url, keyless, placeOf }),
    problem.status >= 500 ? exitCode.unreachable : exitCode.refused,
  );

function refusalLines(
  { type, status, title, detail, errors = [] }: Problem,
  { url, keyless, placeOf }: { url: string; keyless: string | undefined; placeOf: PlaceOf },
): string[] {
  const lines = [`${status} ${title}`];
  // Problems of the API have a type; the detail of another is the page that came. With a list of errors it is the first of them once more.
  if (type === 'about:blank') lines.push(`  ${isThisTheApi(url)}`);
  else if (detail && detail !== title && errors.length === 0) lines.push(`  ${detail}`);
  for (const { path, message } of errors) {
    const place = placeOf(path);
    const named = path && place ? `${path} (${place})` : path;
    lines.push(named ? `  ${named}: ${message}` : `  ${message}`);
  }
  if (status === 401 && keyless !== undefined) lines.push(`  no key was sent: ${keyless}`);
  return lines;
}

export const isThisTheApi = (url: string): string => `Is ${url} the address of the API? Set RANKFORGE_URL.`;
