import { CommandError, exitCode } from '../exit-codes.js';

/** Does some work; what a model is refused for ends the command line with one line. */
export async function refusals<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { AddBaseError, HubError, HubUnreachableError } = await import('@rankforge/bases');
    if (error instanceof HubUnreachableError)
      throw new CommandError(error.message, exitCode.unreachable, { cause: error });
    if (error instanceof HubError || error instanceof AddBaseError) {
      throw new CommandError(error.message, exitCode.refused, { cause: error });
    }
    throw error;
  }
}
