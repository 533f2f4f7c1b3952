/** @file Reads the file that a program leaves. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { CommandResult, largestCommandResult } from '@rankforge/contracts';
import { z } from 'zod';

const example = '{"validation": {"accuracy": 0.9}, "test": {"accuracy": [1, 0, 1]}}';

/**
 * @param found what is known already; the file may leave it out, and says otherwise where it has it
 * @throws Error with what is wrong with the file, what was expected and what to do
 */
export async function readResult(
  path: string,
  attempt: string,
  found?: Partial<CommandResult>,
): Promise<CommandResult> {
  // Without O_NONBLOCK a pipe in its place opens once somebody writes to it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(
      `the program ended with status 0 and left no result.json (${cause.code}): write ${example} to the path in RANKFORGE_RESULT`,
    );
  });
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error('result.json is no file: write one to the path in RANKFORGE_RESULT');
    if (stat.size > largestCommandResult)
      throw new Error(
        `result.json has ${stat.size} bytes, and ${largestCommandResult} are read: leave scores by example alone in it`,
      );
    const { buffer, bytesRead } = await file.read(Buffer.alloc(stat.size), 0, stat.size, 0);
    return parsed(buffer.subarray(0, bytesRead).toString('utf8'), attempt, found);
  } finally {
    await file.close();
  }
}

function parsed(text: string, attempt: string, found?: Partial<CommandResult>): CommandResult {
  let json: unknown;
  let beyond: string | undefined;
  try {
    json = JSON.parse(text, (_, value) => {
      if (value === Infinity || value === -Infinity) beyond = String(value);
      return value;
    });
  } catch (cause) {
    beyond = /\b(?:NaN|-?Infinity)\b/.exec(text)?.[0];
    if (beyond === undefined) throw new Error(`result.json is no JSON (${(cause as Error).message}): write ${example}`);
  }
  if (beyond !== undefined)
    throw new Error(
      `result.json has ${beyond}, and a score is a finite number: the training diverged; try a smaller learning rate`,
    );
  const result = CommandResult.safeParse(found && isObject(json) ? { ...found, ...json } : json);
  if (!result.success)
    throw new Error(`result.json is not what was expected, e.g. ${example}: ${z.prettifyError(result.error)}`);
  if (result.data.attempt !== undefined && result.data.attempt !== attempt)
    throw new Error(
      `result.json is of attempt ${result.data.attempt}, and this is ${attempt}: write what RANKFORGE_ATTEMPT says`,
    );
  return result.data;
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
