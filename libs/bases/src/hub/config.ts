/** @file The `config.json` of a model on a hub, and nothing else of it: what an estimate needs. Copies are kept for when the hub is away. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HubError, HubUnreachableError } from './errors.js';
import { explain, explainStatus } from './explain.js';
import { requireId } from './model.js';
import { type HubSettings, readHubSettings } from './settings.js';

export interface HubConfig {
  /** The content of `config.json`. */
  json: unknown;
  /** Where the copy is from and why it stands in for the hub's answer; absent where the hub answered. */
  kept?: { since: Date; because: string };
}

export interface HubConfigOptions {
  /** A folder for copies; it is made if it is missing. */
  cache: string;
  /** Branch, tag or commit. Default `main`. */
  revision?: string | undefined;
  environment: NodeJS.ProcessEnv;
}

/** The largest published ones take some tens of KiB, of which lists of labels are the most. */
const bytesAtMost = 2 ** 20;

/** A hub that gives no answer for so long is away. */
const patienceMs = 20_000;

/**
 * Reads the `config.json` of a model. A hub that answers is believed, and its answer kept; the copy is used where none answers,
 * or where the hub is switched off.
 *
 * @throws HubError naming what the hub lacks, refuses, or gives that is no `config.json`; HubUnreachableError where it does not answer and
 *   there is no copy
 * @example
 * const { json } = await readHubConfig('meta-llama/Llama-3.1-8B', { cache, environment: process.env });
 */
export async function readHubConfig(id: string, options: HubConfigOptions): Promise<HubConfig> {
  const { cache, revision = 'main', environment } = options;
  requireId(id);
  const { settings, isOff } = settingsOf(environment);
  const copy = join(cache, 'hub', ...[new URL(settings.url).host, id, revision].map(encodeURIComponent), 'config.json');
  try {
    if (isOff !== undefined) throw isOff;
    const text = await download(id, revision, settings);
    const json = parse(text, id);
    await keep(copy, text);
    return { json };
  } catch (error) {
    const isAway = error === isOff || error instanceof HubUnreachableError;
    const since = isAway ? (await stat(copy).catch(() => undefined))?.mtime : undefined;
    if (since === undefined) throw error;
    return { json: parse(await readFile(copy, 'utf8'), id), kept: { since, because: (error as Error).message } };
  }
}

/** Settings as if the hub were on, and what it is refused with where it is off: copies are found by its address. */
function settingsOf(environment: NodeJS.ProcessEnv): { settings: HubSettings; isOff?: HubError } {
  try {
    return { settings: readHubSettings(environment) };
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    return { settings: readHubSettings({ ...environment, RANKFORGE_HUB: 'on' }), isOff: error };
  }
}

async function download(id: string, revision: string, settings: HubSettings): Promise<string> {
  const { url, token } = settings;
  const what = `${id} config.json`;
  try {
    const response = await fetch(`${url}/${id}/resolve/${encodeURIComponent(revision)}/config.json`, {
      headers: token ? { authorization: `Bearer ${token}` } : {},
      signal: AbortSignal.timeout(patienceMs),
    });
    if (response.status === 404 && response.headers.get('x-error-code') === 'EntryNotFound') {
      throw new HubError(`${id} has no config.json on ${url}: it is no model in the format of Hugging Face`);
    }
    if (response.status >= 500) throw new Error(`status ${response.status}`);
    if (!response.ok) throw explainStatus(response.status, response.statusText, id, settings);
    return await bounded(response, id);
  } catch (error) {
    throw explain(error, what, settings);
  }
}

async function bounded(response: Response, id: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > bytesAtMost) {
      throw new HubError(`${id}: config.json is longer than ${bytesAtMost} bytes, which no configuration is`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string, id: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HubError(`${id}: config.json of the hub is not JSON`, { cause });
  }
}

/** Under its name it is there whole, or not at all. */
async function keep(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.${randomUUID()}.part`;
  try {
    await writeFile(part, text);
    await rename(part, path);
  } finally {
    await rm(part, { force: true });
  }
}
