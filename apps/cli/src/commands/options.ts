import { type Command, InvalidArgumentError } from 'commander';
import type { ApiClient } from '../api/client.js';
import type { ConnectionOptions } from '../api/connection.js';

export interface GlobalOptions extends ConnectionOptions {
  json?: boolean;
}

/** The options of a command together with those of the whole command line. */
export const optionsOf = <T>(command: Command): T & GlobalOptions => command.optsWithGlobals();

/** The client of the API that a command talks to. Loaded when it is needed: some commands talk to none. */
export async function clientOf(command: Command): Promise<ApiClient> {
  const { connect } = await import('../api/connection.js');
  return connect(optionsOf(command));
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || text.trim() === '')
    throw new InvalidArgumentError('expected a whole number.');
  return value;
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('expected a number above 0.');
  return value;
}

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
