/** @file Configuration files of other tools that a command is given. */
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ModelConfig } from '@rankforge/peft';
import type { ToolAsked } from '@rankforge/peft/estimate';
import type { ToolField, ToolFile } from '@rankforge/peft/tools';
import { CommandError, exitCode, usage } from '../exit-codes.js';

export interface FromFile extends ToolFile {
  file: string;
}

/** Options of the command by the field of a training that they replace. */
const replaced: Readonly<Record<string, ToolField>> = {
  method: 'adapter',
  targets: 'adapter',
  dtype: 'dtype',
  optimizer: 'optimizer',
  attention: 'attention',
  checkpointing: 'checkpointing',
  accumulate: 'accumulate',
  gpus: 'shard',
};

/** Reads a file, and the `adapter_config.json` beside it that a script has. @throws CommandError naming what is wrong with it */
export async function fromFile(file: string): Promise<FromFile> {
  // Loaded when it is needed: most estimates have no file.
  const { longestToolFile, readToolFile, ToolFileError } = await import('@rankforge/peft/tools');
  const failed = (cause: NodeJS.ErrnoException) => {
    throw usage(`${file} cannot be read (${cause.code})`);
  };
  const { size } = await stat(file).catch(failed);
  if (size > longestToolFile)
    throw new CommandError(`${file} has ${size} bytes, and ${longestToolFile} are read`, exitCode.refused);
  const text = await readFile(file, 'utf8').catch(failed);
  const beside = join(dirname(file), 'adapter_config.json');
  const isAlone = basename(file) === 'adapter_config.json';
  const adapter = isAlone ? undefined : await readFile(beside, 'utf8').catch(() => undefined);
  try {
    return { file, ...readToolFile(text, adapter === undefined ? undefined : JSON.parse(adapter)) };
  } catch (error) {
    if (error instanceof ToolFileError) throw new CommandError(`${file} ${error.message}`, exitCode.refused);
    if (error instanceof SyntaxError)
      throw new CommandError(`${beside} is not JSON: ${error.message}`, exitCode.refused);
    throw error;
  }
}

type Library = typeof import('@rankforge/cli/estimate-library');

/**
 * Reads what a file asks for. A value that an option replaces need not be readable.
 *
 * @throws CommandError with the line and key of each value that cannot be taken over
 */
export function askedIn(
  { askedOfFile }: Library,
  model: ModelConfig,
  from: FromFile,
  isGiven: (option: string) => boolean,
): ToolAsked {
  const said = Object.entries(replaced).flatMap(([option, field]) => (isGiven(option) ? [field] : []));
  let made = askedOfFile(model, from, said);
  if ('refused' in made && isGiven('method')) {
    made = askedOfFile(model, { ...from, training: { ...from.training, adapter: null } }, said);
  }
  if ('asked' in made) return made.asked;
  throw new CommandError(made.refused.map((line) => `${from.file}: ${line}`).join('\n'), exitCode.refused);
}

/** A line for each value that cannot be taken over. */
export const problemLines = (file: string, problems: FromFile['problems']): string =>
  problems
    .map(({ key, line, message }) => `${file}: ${line === undefined ? '' : `line ${line}: `}${key}: ${message}`)
    .join('\n');
