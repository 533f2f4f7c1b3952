/** @file A command line as a process: what it says where it fails, and the status that it ends with. */
import { printable } from '@rankforge/contracts/shown-text';
import { CommanderError } from 'commander';
import pc from 'picocolors';
import { CommandError, exitCode } from './exit-codes.js';
import { LocalSetupError } from './local/errors.js';
import { say } from './output/print.js';

/** Ends the process without an error where whoever reads, such as `head`, has seen enough. */
export function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit(process.exitCode ?? exitCode.ok);
    });
  }
}

/** Runs a command line and sets the exit status of this process. */
export async function runProgram(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    process.exitCode = report(error);
  }
}

function report(error: unknown): number {
  // Commander has printed its message by itself; help and version end with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
  if (error instanceof CommandError) {
    say(pc.red(printable(error.message)));
    return error.status;
  }
  if (error instanceof LocalSetupError) {
    say(pc.red(printable(error.message)));
    return exitCode.setup;
  }
  say(pc.red(error instanceof Error ? (error.stack ?? error.message) : String(error)));
  for (let cause = (error as Error).cause; cause instanceof Error; cause = cause.cause) say(`caused by ${cause.stack}`);
  return exitCode.unexpected;
}
