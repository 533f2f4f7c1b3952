import { printableInColour } from './printable.js';

/** Results go to standard output: a table for people, or with `--json` exactly the contract's value. */
export function print(options: { json?: boolean }, value: unknown, human: () => string): void {
  process.stdout.write(`${options.json ? JSON.stringify(value, null, 2) : printableInColour(human())}\n`);
}

/** Says behind a page that another follows, and how it is asked for. */
export function sayMore({ json }: { json?: boolean }, { nextCursor }: { nextCursor?: string | undefined }): void {
  if (nextCursor && !json) say(`there is more: --cursor ${nextCursor}`);
}

/** What happens goes to standard error, so that standard output can be piped. */
export function say(line: string): void {
  process.stderr.write(`${printableInColour(line)}\n`);
}
