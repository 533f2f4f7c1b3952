/** @file What an hour of a card costs, as a file of the user says it. */
import { readFile, stat } from 'node:fs/promises';
import { cards } from '@rankforge/contracts/estimates';
import { CommandError, exitCode, usage } from '../exit-codes.js';

/** More than a table of prices has. */
const bytesAtMost = 64 * 1024;

const form = `an object such as {"rtx-4090": 0.4, "h100": 2.5}`;

/** @throws CommandError naming what of the file cannot be used */
export async function readPrices(path: string): Promise<Record<string, number>> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw usage(`--prices ${path} is no file: expected one that holds ${form}`);
  if (found.size > bytesAtMost)
    throw usage(`--prices ${path} has ${found.size} bytes: at most ${bytesAtMost} are read`);
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new CommandError(`${path}: not JSON, expected ${form}: ${(cause as Error).message}`, exitCode.refused, {
      cause,
    });
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new CommandError(`${path}: expected ${form}`, exitCode.refused);
  }
  const names = cards.map(({ name }) => name);
  for (const [name, price] of Object.entries(json)) {
    if (!names.includes(name)) {
      throw new CommandError(`${path}: there is no card ${name}; there are ${names.join(', ')}`, exitCode.refused);
    }
    if (typeof price === 'number' && price > 0 && Number.isFinite(price)) continue;
    throw new CommandError(
      `${path}: ${name}: expected what an hour costs, a number above 0, got ${JSON.stringify(price)}`,
      exitCode.refused,
    );
  }
  return json as Record<string, number>;
}
