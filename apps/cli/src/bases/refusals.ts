import { CommandError, exitCode, usage } from '../exit-codes.js';

/** Does some work; what a model is refused for, by a hub or as it is read, ends the command line with one line. */
export const refusals = <T>(work: () => Promise<T>, source?: string): Promise<T> =>
  hubRefusals(async () => {
    try {
      return await work();
    } catch (error) {
      const { AddBaseError } = await import('@rankforge/bases');
      if (!(error instanceof AddBaseError)) throw error;
      throw new CommandError(error.message, exitCode.refused, { cause: error });
    }
  }, source);

/**
 * Does some work; what a hub refuses ends the command line with one line.
 *
 * @param source what was named, which may have been meant as a folder; where no hub was asked for it, it is left out
 */
export async function hubRefusals<T>(work: () => Promise<T>, source?: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { HubError, HubUnreachableError, HubUnseenError } = await import('@rankforge/bases/hub');
    if (!(error instanceof HubError)) throw error;
    const status = error instanceof HubUnreachableError ? exitCode.unreachable : exitCode.refused;
    const isNowhere = error instanceof HubUnseenError && source !== undefined;
    const message = `${error.message}${isNowhere ? ` (there is no folder ${source} here either)` : ''}`;
    throw new CommandError(message, status, { cause: error });
  }
}

/** @throws CommandError where a revision is named of a model that is on no hub */
export function refuseRevision(source: string, revision: string | undefined): void {
  if (revision === undefined) return;
  throw usage(`--revision is of a model on a hub, and ${source} is none: leave it out, or name an id of a hub`);
}
