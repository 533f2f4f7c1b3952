import { isAlive, startStamp } from './processes.js';

/** A process by its id together with the time it started, since ids are used again. */
interface ProcessIdentity {
  pid: number;
  stamp: string | undefined;
}

/** The identity of a running process, as a text to keep in a file. */
export async function identityOf(pid: number): Promise<string> {
  return JSON.stringify({ pid, stamp: await startStamp(pid) } satisfies ProcessIdentity);
}

/** The id of the process that a text of `identityOf` names; undefined where it has ended, or the text is none. */
export async function runningProcess(text: string): Promise<number | undefined> {
  const { pid, stamp } = parse(text);
  if (typeof pid !== 'number' || !isAlive(pid)) return undefined;
  return (await startStamp(pid)) === stamp ? pid : undefined;
}

function parse(text: string): Partial<ProcessIdentity> {
  try {
    return Object(JSON.parse(text)) as Partial<ProcessIdentity>;
  } catch {
    return {};
  }
}
