import { type Command, InvalidArgumentError, Option } from 'commander';
import type { z } from 'zod';
import type { ApiClient } from '../api/client.js';
import type { ConnectionOptions } from '../api/connection.js';
import { usage } from '../exit-codes.js';

export interface GlobalOptions extends ConnectionOptions {
  json?: boolean;
}

/** The options of a command together with those of the whole command line. */
export const optionsOf = <T>(command: Command): T & GlobalOptions => command.optsWithGlobals();

/**
 * Finds the option of a command that a field of its request comes from: `--skip-empty` of `/skipEmpty`, `--split-column` of `/split/column`;
 * undefined where none does.
 */
export const optionPlace =
  (command: Command) =>
  (path: string): string | undefined => {
    const parts = path
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
    const names = [parts.at(-1), parts.join('-')].map((name) => `--${name}`);
    return command.options.find(({ long }) => long != null && names.includes(long))?.long ?? undefined;
  };

/** The client of the API that a command talks to. Loaded when it is needed: some commands talk to none. */
export async function clientOf(command: Command): Promise<ApiClient> {
  const { connect } = await import('../api/connection.js');
  return connect(optionsOf(command));
}

/**
 * A request that was made of options, as its contract takes it.
 *
 * @throws CommandError with the fields that are wrong
 */
export function checked<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw usage(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || text.trim() === '')
    throw new InvalidArgumentError('expected a whole number.');
  return value;
}

export function wholeAboveZero(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) throw new InvalidArgumentError('expected a whole number above 0.');
  return value;
}

export function anyNumber(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || text.trim() === '') throw new InvalidArgumentError('expected a number.');
  return value;
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('expected a number above 0.');
  return value;
}

/** Forms of what a command writes to standard output: a table for a terminal, or a file in one of these formats. */
export const formatOption = (formats: readonly string[]) =>
  new Option('--format <format>', 'what is written: a table for people, or a file for others')
    .choices(['table', ...formats])
    .default('table');

/**
 * The format of a file that was asked for; undefined for a table or JSON.
 *
 * @throws CommandError where two formats were asked for
 */
export function fileFormat<T extends string>({ format, json }: { format: 'table' | T; json?: boolean }): T | undefined {
  if (format === 'table') return undefined;
  if (json) throw usage(`--json and --format ${format} are two formats: leave one of them out`);
  return format as T;
}

/** Where a page begins, for listings of several. */
export const cursorOption = () => new Option('--cursor <cursor>', 'where the previous page ended');

/** An option that takes several values takes what comes behind it, an argument of the command as well. */
const listOf =
  (numberIn: (text: string) => number) =>
  (text: string, before: number[] = []): number[] => {
    try {
      return [...before, ...text.split(',').map(numberIn)];
    } catch (error) {
      if (!(error instanceof InvalidArgumentError) || before.length === 0) throw error;
      throw new InvalidArgumentError(`${error.message} Put arguments of the command before this option, or after --.`);
    }
  };

/** Numbers of an option that takes several, or a list with commas. */
export const wholeNumbers = listOf(wholeNumber);
export const positiveNumbers = listOf(positiveNumber);
