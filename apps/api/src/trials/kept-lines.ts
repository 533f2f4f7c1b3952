/** @file Files of JSON lines that trials leave: a head, and a line for each record. */
import type { ArtifactView } from '@rankforge/contracts';
import { ArtifactError, type ArtifactStore, type Database } from '@rankforge/db';
import { notFound, ProblemError } from '../platform/http/problem.js';
import { stored } from '../platform/stored.js';

/** Rows and files of trials. */
export interface Kept {
  database: Database;
  store: ArtifactStore;
}

/** Files that are asked for. */
interface Asked {
  kinds: readonly ArtifactView['kind'][];
  /** Whatever keeps some, for people. */
  keeper: string;
}

interface KeptLines {
  kind: string;
  head: string;
  lines: string[];
}

/**
 * Lines of the first of these files that a trial left.
 *
 * @throws ProblemError `not-found` where there is no such trial, `conflict` where it keeps none, `unavailable` where it cannot be read
 */
export async function keptOf(id: string, asked: Asked, from: Kept): Promise<KeptLines> {
  const read = await findKept(id, asked, from);
  return read();
}

/**
 * Finds the first of these files that a trial left, without reading it.
 *
 * @returns its lines once they are asked for; it throws a ProblemError `unavailable` where they cannot be read
 * @throws ProblemError `not-found` where there is no such trial, `conflict` where it keeps none
 */
export async function findKept(
  id: string,
  { kinds, keeper }: Asked,
  { database, store }: Kept,
): Promise<() => Promise<KeptLines>> {
  const trial = await database.trial.findUnique({
    where: { id },
    select: { leaderId: true, state: true, method: true },
  });
  if (!trial) throw notFound('trial', id);
  const artifact = await database.artifact.findFirst({
    where: { trialId: trial.leaderId ?? id, kind: { in: [...kinds] } },
    orderBy: { kind: 'asc' },
  });
  if (!artifact) {
    const { method, state } = trial;
    throw new ProblemError(
      'conflict',
      `The trial keeps no ${kinds.join(' and no ')}: it is by ${method}, its state is ${state}, and ${keeper}`,
    );
  }
  return async () => {
    const [head, ...lines] = await linesOf(store, artifact);
    return { kind: artifact.kind, head: head!, lines };
  };
}

/** Bytes that a head has at most. */
const mostHeadBytes = 65_536;

/**
 * The first line of a file, without reading the rest. A file of one piece is checked against its name, of a longer one only the size.
 *
 * @throws ProblemError `unavailable` where it cannot be read
 */
export const headOf = (
  store: Pick<ArtifactStore, 'stream'>,
  { sha256, bytes, kind }: { sha256: string; bytes: number; kind: string },
): Promise<string> =>
  stored(`these ${kind}`, async () => {
    let read = Buffer.alloc(0);
    for await (const piece of await store.stream(sha256, bytes)) {
      read = Buffer.concat([read, piece as Buffer]);
      const end = read.indexOf('\n');
      if (end >= 0) return read.toString('utf8', 0, end);
      if (read.length >= mostHeadBytes) break;
    }
    throw new ArtifactError(`artifact ${sha256} has no first line of ${mostHeadBytes} bytes or less`);
  });

/**
 * The lines of a file, its head first.
 *
 * @throws ProblemError `unavailable` where it cannot be read
 */
export async function linesOf(
  store: Pick<ArtifactStore, 'read'>,
  { sha256, kind: what }: { sha256: string; kind: string },
): Promise<string[]> {
  const bytes = await stored(`these ${what}`, () => store.read(sha256));
  return bytes.toString('utf8').split('\n').filter(Boolean);
}
