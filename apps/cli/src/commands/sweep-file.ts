import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { CreateSweep } from '@rankforge/client';
import { parseJson } from '@rankforge/contracts';
import { Refusal } from '../api/refusal.js';
import { CommandError, exitCode, usage } from '../exit-codes.js';

/** Says where a command takes the request of a sweep from. */
export const sweepFile = 'JSON or YAML file of the request, or - for standard input';

export interface SweepFile {
  request: CreateSweep;
  /** The file for people. */
  name: string;
  content: string;
}

/**
 * The request of a sweep: YAML in a file `.yaml` or `.yml`, else JSON; from standard input, JSON begins with a brace. The API says what
 * is wrong in it.
 *
 * @param file `-`: standard input
 * @throws CommandError where it cannot be read, or is no request at all
 */
export async function readSweepFile(file: string): Promise<SweepFile> {
  const content = (await contentOf(file)).replace(/^\uFEFF/, '');
  const isInput = file === '-';
  const name = isInput ? 'standard input' : file;
  const isYaml = isInput ? !content.trimStart().startsWith('{') : /\.ya?ml$/i.test(file);
  const request = isYaml ? (await import('../yaml.js')).parseYaml(content, name) : jsonOf(content, name);
  if (typeof request === 'object' && request !== null && !Array.isArray(request))
    return { request: request as CreateSweep, name, content };
  throw usage(`${name}: expected the fields of a sweep (name, task, base, methods, …), got ${kindOf(request)}`);
}

/** The API's answer to the request of a file; where it refuses fields, the error names their lines. */
export async function askedOf<T>({ name, content }: SweepFile, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const lineOf = (await import('../yaml.js')).linesIn(content);
    throw error.at((path) => {
      const line = lineOf(path);
      return line === undefined ? undefined : `${name}, line ${line}`;
    });
  }
}

async function contentOf(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  } catch (cause) {
    throw new CommandError(`cannot read ${file}: ${(cause as Error).message}`, exitCode.usage, { cause });
  }
}

function jsonOf(content: string, name: string): unknown {
  try {
    return parseJson(content);
  } catch (cause) {
    throw new CommandError(`${name} ${(cause as Error).message}`, exitCode.usage, { cause });
  }
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  return Array.isArray(value) ? 'a list' : `the ${typeof value} ${JSON.stringify(value).slice(0, 40)}`;
}
