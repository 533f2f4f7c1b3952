import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, exitCode, usage } from '../exit-codes.js';
import { rankforgeHome } from '../local/paths.js';
import { readState } from '../local/state.js';
import { ApiClient, unreachable } from './client.js';
import { askLaunched } from './launched.js';
import { isPlatformHere } from './this-platform.js';

export interface ConnectionOptions {
  url?: string;
  key?: string;
  project?: string;
}

/** The key that `rankforge up` made for this machine; only its owner may read it. */
export const localKeyFile = (home: string) => join(home, 'admin.key');

/** The API to talk to: flags, then RANKFORGE_URL and RANKFORGE_KEY, then the platform that runs in `.rankforge/`. */
export async function connect(options: ConnectionOptions, env: NodeJS.ProcessEnv = process.env): Promise<ApiClient> {
  const home = rankforgeHome(env);
  const given = options.url ?? env.RANKFORGE_URL;
  const state = await readState(home);
  const local = given ? undefined : state.apiUrl;
  const url = given ?? local;
  if (!url) {
    throw new CommandError(
      'no API is known: start one with `rankforge up`, or set RANKFORGE_URL and RANKFORGE_KEY.',
      exitCode.unreachable,
    );
  }
  if (!/^https?:/i.test(url) || !URL.canParse(url)) {
    const from = options.url === undefined ? 'RANKFORGE_URL' : '--url';
    throw usage(`${from} is no address: expected one as http://127.0.0.1:8080, got ${JSON.stringify(url)}`);
  }
  // The local key goes to the local API only, never to an address that was given.
  const localKey = local ? await readFile(localKeyFile(home), 'utf8').catch(() => undefined) : undefined;
  return new ApiClient(
    url,
    options.key ?? env.RANKFORGE_KEY ?? localKey?.trim(),
    options.project ?? env.RANKFORGE_PROJECT,
    local ? trustOnce(local, state.launchSecret) : undefined,
    isPlatformHere(url, state.apiUrl),
  );
}

/** The launcher may have been killed and its port be another program's by now: that one gets no key. */
function trustOnce(url: string, secret: string | undefined): () => Promise<void> {
  let asked: Promise<void> | undefined;
  return () => {
    // An API that did not answer is asked again the next time: it may be starting.
    asked ??= trust(url, secret).catch((error: unknown) => {
      asked = undefined;
      throw error;
    });
    return asked;
  };
}

async function trust(url: string, secret: string | undefined): Promise<void> {
  const answer = await askLaunched(url, secret ?? '').catch((cause: unknown) => {
    throw unreachable(url, cause);
  });
  if (secret !== undefined && answer.isOurs) return;
  throw new CommandError(
    `what answers at ${url} is not the API that \`rankforge up\` started, so no key was sent to it. Start \`rankforge up\` ` +
      'again, or set RANKFORGE_URL and RANKFORGE_KEY.',
    exitCode.unreachable,
  );
}

/**
 * The database of the key commands: DATABASE_URL, or that of the platform in `.rankforge/`.
 *
 * @throws CommandError where none is known, or where the API that is named is not that platform's: its database is elsewhere
 */
export async function databaseUrl(
  { url: asked }: Pick<ConnectionOptions, 'url'>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  if (env.DATABASE_URL) return env.DATABASE_URL;
  const { databaseUrl: url, apiUrl } = await readState(rankforgeHome(env));
  const named = asked ?? env.RANKFORGE_URL;
  if (named && !isPlatformHere(named, apiUrl)) {
    const from = asked === undefined ? 'RANKFORGE_URL' : '--url';
    throw usage(
      `keys are managed in the database itself, and ${from} names an API elsewhere (${named}): set DATABASE_URL to the ` +
        `database of that API, or leave ${from} out for the platform of this machine`,
    );
  }
  if (url) return url;
  throw new CommandError(
    'no database is known: start one with `rankforge up`, or set DATABASE_URL.',
    exitCode.unreachable,
  );
}
