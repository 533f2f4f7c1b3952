/** @file Puts a model among the base models: from a folder, or from a hub. */
import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, rmdir, stat, statfs, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { Slug } from '@rankforge/contracts';
import {
  baseFiles,
  companionFiles,
  companionProblem,
  companionsOf,
  type ModelConfig,
  modelInput,
  readShapes,
  weightFiles,
} from '@rankforge/peft';
import { type Base, provenanceFile, readBase, tokenizerFor } from './base.js';
import { openGguf, writeFolder } from './gguf/convert.js';
import { downloadFile, keptBytes } from './hub/download.js';
import { findModel, type HubFile, type HubModel } from './hub/model.js';
import type { HubSettings } from './hub/settings.js';
import { requireKnownPixels } from './image-processor.js';
import { here, lives, OwnedError, takeAlone } from './owner.js';
import { isOfSystem } from './system-error.js';

/** Why a model was not added; the message says what to do. */
export class AddBaseError extends Error {
  override readonly name = 'AddBaseError';
}

export interface AddOptions {
  modelsDir: string;
  /** The base model's name; made from the source's where it is left out. */
  name?: string | undefined;
}

export interface FolderOptions extends AddOptions {
  /** What the provenance says in place of the folder or file that was read. */
  origin?: Record<string, unknown> | undefined;
  /** Called as bytes are written, where a file is converted. */
  onProgress?: (file: string, bytes: number, of: number) => void;
}

export interface HubOptions extends AddOptions {
  settings: HubSettings;
  /** Branch, tag or commit. */
  revision?: string | undefined;
  /** Called as bytes arrive. */
  onProgress?: (file: string, bytes: number, of: number) => void;
}

/**
 * Copies a folder in the format of Hugging Face into the models folder; of a folder that holds a GGUF file instead, that file
 * is converted. Nothing is left behind when it cannot be used.
 *
 * @throws AddBaseError naming the file that cannot be used, and why
 */
export async function addFolder(source: string, options: FolderOptions): Promise<Base> {
  const from = resolve(source);
  const gguf = await ggufIn(from);
  if (gguf !== undefined) return addGguf(join(from, gguf), options);
  const { modelsDir, name, origin } = options;
  const staging = await openStaging(modelsDir, name ?? slugOf(basename(from)), ownPart);
  try {
    const files = await baseFiles(from);
    await requireFiles(from, files);
    for (const file of files) await copyFile(join(from, file), join(staging.folder, file), constants.COPYFILE_FICLONE);
    for (const [name, bytes] of await companionsOf(from)) await writeFile(join(staging.folder, name), bytes);
    return await staging.finish({ madeBy: 'rankforge base add', ...(origin ?? { source: from }) });
  } catch (error) {
    await staging.discard();
    throw refusal(error, { folder: staging.folder, from });
  }
}

/**
 * Converts a GGUF file to a base model: its weights dequantized, its configuration and tokenizer from its metadata. Nothing is
 * left behind when it cannot be used.
 *
 * @throws AddBaseError naming the file, and the field, key or tensor that cannot be used
 */
export async function addGguf(file: string, { modelsDir, name, origin, onProgress }: FolderOptions): Promise<Base> {
  const from = resolve(file);
  const model = await openGguf(from).catch((error) => {
    throw refusal(error);
  });
  const staging = await openStaging(modelsDir, name ?? slugOf(basename(from, '.gguf')), ownPart);
  try {
    await requireSpace(staging.folder, model.bytes);
    const read = await writeFolder(model, staging.folder, (bytes, of) => onProgress?.(basename(from), bytes, of));
    return await staging.finish({ madeBy: 'rankforge base add', ...read, ...(origin ?? { source: from }) });
  } catch (error) {
    await staging.discard();
    throw refusal(error);
  }
}

/**
 * Downloads a model of a hub into the models folder. An interrupted download goes on when the same model is added
 * again; a model that cannot be used is refused before its weights are asked for where its configuration tells.
 *
 * @throws HubError, or AddBaseError naming the file that cannot be used, and why
 */
export async function addFromHub(id: string, options: HubOptions): Promise<Base> {
  try {
    return await download(id, options);
  } catch (error) {
    throw unwritable(error, options.modelsDir) ?? error;
  }
}

async function download(id: string, options: HubOptions): Promise<Base> {
  const model = await findModel(id, options.settings, options.revision);
  const staging = await openStaging(options.modelsDir, options.name ?? slugOf(basename(id)));
  const release = await takeAlone(staging.folder).catch((error) => {
    throw error instanceof OwnedError ? refusal(error) : error;
  });
  try {
    return await fill(staging, model, options);
  } finally {
    await release();
    await staging.tidy();
  }
}

type Staging = Awaited<ReturnType<typeof openStaging>>;

async function fill(staging: Staging, model: HubModel, options: HubOptions): Promise<Base> {
  const { folder } = staging;
  const fetched = new Set<string>();
  const get = async (file: HubFile) => {
    fetched.add(file.name);
    await requireSpace(folder, file.bytes - (await keptBytes(folder, file)));
    await downloadFile(model, file, {
      folder,
      settings: options.settings,
      onProgress: (_, bytes) => options.onProgress?.(file.name, bytes, file.bytes),
    });
  };
  /** Does some work on what was fetched; nothing is left of a model that cannot be used. Where the system failed it may yet be. */
  const check = async <T>(work: () => T | Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!isOfSystem(error)) await staging.discard();
      throw refusal(error);
    }
  };
  const companions = companionsIn(model);
  const mayBeFetched = [...firstFiles, ...companions.map(({ name }) => name), ...namesOfWeights(model)];
  await keepOnly(folder, new Set(mayBeFetched));
  await get(fileOf(model, 'config.json'));
  const input = modelInput(await check(() => readConfig(join(folder, 'config.json'))));
  if (input.kind === 'tokens') {
    await get(fileOf(model, 'tokenizer.json'));
    const file = join(folder, 'tokenizer.json');
    await check(async () => tokenizerFor(input, await readJson(file), folder));
  }
  for (const file of companions) await get(file);
  if (input.kind === 'image') await check(() => requireKnownPixels(folder));
  const weights = weightsOf(model);
  await get(weights);
  const shards = (await weightFiles(folder)).filter((name) => name !== weights.name);
  for (const name of shards) await get(fileOf(model, name));
  await keepOnly(folder, fetched);
  const { url } = options.settings;
  return check(() => staging.finish({ madeBy: 'rankforge base add', hub: url, ...published(model) }));
}

/** Files that say what a model is. */
const firstFiles = ['config.json', 'tokenizer.json'];

/** Removes from a folder what is neither one of the files nor the beginning of one: an earlier download was of another model. */
async function keepOnly(folder: string, files: ReadonlySet<string>): Promise<void> {
  const left = (await readdir(folder)).filter((entry) => !files.has(entry.replace(/\.part$/, '')));
  await Promise.all(left.map((entry) => rm(join(folder, entry), { recursive: true, force: true })));
}

/**
 * Name of the GGUF file that a folder holds in place of a model in the format of Hugging Face.
 *
 * @throws AddBaseError where there are several
 */
async function ggufIn(folder: string): Promise<string | undefined> {
  const names: string[] = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith('.gguf')).sort();
  if (files.length === 0 || names.includes('config.json')) return undefined;
  if (files.length === 1) return files[0];
  throw new AddBaseError(`${folder} holds ${files.join(', ')}: name the file that is to be added`);
}

/** @throws AddBaseError naming the files that are missing, of those that this model is made of */
async function requireFiles(folder: string, files: readonly string[]): Promise<void> {
  const found = new Set(await readdir(folder));
  const hasWeights = files.some((file) => file.startsWith('model.safetensors') || file.endsWith('.safetensors'));
  const missing = [
    ...files.filter((file) => !found.has(file)),
    ...(hasWeights ? [] : ['model.safetensors (or model.safetensors.index.json)']),
  ];
  if (missing.length === 0) return;
  throw new AddBaseError(
    `${folder} has no ${missing.join(', and no ')}: a base model is a folder in the format of Hugging Face, with ` +
      'config.json, its weights in safetensors and, where it reads text, tokenizer.json',
  );
}

/** What is wrong with the files of a model, as the reason that it was not added. */
/** @param copy a folder that files were copied to: people know them by where they came from */
function refusal(error: unknown, copy?: { folder: string; from: string }): AddBaseError {
  if (error instanceof AddBaseError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new AddBaseError(copy ? message.replaceAll(copy.folder, copy.from) : message, { cause: error });
}

/** The name of a base model for a source of this name: `Qwen2.5-0.5B` becomes `qwen2-5-0-5b`. */
export function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

function published({ id, commit, licence }: HubModel) {
  return { model: id, commit, licence };
}

function fileOf(model: HubModel, name: string): HubFile {
  const file = model.files.find((file) => file.name === name);
  if (file) return file;
  const gguf = model.files.find((file) => file.name.endsWith('.gguf'));
  const instead = gguf ? `; download a GGUF file of it, such as ${gguf.name}, and add that` : '';
  throw new AddBaseError(`${model.id} has no ${name}, which a base model needs${instead}`);
}

/** @throws AddBaseError naming a file that is larger than such files are */
function companionsIn({ id, files }: HubModel): HubFile[] {
  const found = files.filter(({ name }) => companionFiles.some((known) => known === name));
  for (const { name, bytes } of found) {
    const problem = companionProblem(bytes);
    if (problem !== undefined) throw new AddBaseError(`${id}: ${name} has ${problem}`);
  }
  return found;
}

const weightNames = ['model.safetensors', 'model.safetensors.index.json'];

/** The single file, or the index of several. */
function weightsOf(model: HubModel): HubFile {
  const file = weightNames.flatMap((name) => model.files.find((file) => file.name === name) ?? [])[0];
  if (file) return file;
  throw new AddBaseError(`${model.id} has neither ${weightNames.join(' nor ')}: only weights in safetensors are read`);
}

/** The single file, or the index and every file that it may name. */
function namesOfWeights(model: HubModel): string[] {
  const names = model.files.map(({ name }) => name);
  const [single, index] = weightNames as [string, string];
  return names.includes(single) ? [single] : names.filter((name) => name === index || name.endsWith('.safetensors'));
}

async function readConfig(path: string): Promise<ModelConfig> {
  try {
    return readShapes(await readJson(path));
  } catch (cause) {
    throw new AddBaseError(`config.json: ${(cause as Error).message}`, { cause });
  }
}

const readJson = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));

async function requireSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= bytes) return;
  const mib = (size: number) => `${Math.ceil(size / 2 ** 20)} MiB`;
  throw new AddBaseError(`${dirname(folder)} has ${mib(bavail * bsize)} free, and ${mib(bytes)} are to be written`);
}

/** Codes of a file system that does not take a file. */
const refusedWrites = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'];

/** The reason that a model was not added, where the models folder cannot be written. */
export function unwritable(error: unknown, modelsDir: string): AddBaseError | undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (!refusedWrites.includes(code ?? '')) return undefined;
  return new AddBaseError(
    `the models folder ${modelsDir} cannot be written (${code}): it must be open to you and with room; RANKFORGE_MODELS_DIR names another`,
    { cause: error },
  );
}

/** Ends the folder of a copy that is begun anew each time, so that two processes do not write into one; several machines may share it. */
const partOf = (pid: number) => `.${hostname()}.${here}.${pid}`;
const ownPart = partOf(process.pid);

/** A copy of another container of this machine, or of before it was started again, has ended where it is so old. */
const endedMs = 24 * 60 * 60_000;

/** Removes copies of a model whose processes on this machine were ended before they were whole. */
async function discardLeft(incoming: string, name: string): Promise<void> {
  const own = `${name}.${hostname()}.`;
  for (const entry of await readdir(incoming).catch(() => [])) {
    const [, place, pid] =
      /^(?:([0-9a-f]{12})\.)?(\d+)$/.exec(entry.startsWith(own) ? entry.slice(own.length) : '') ?? [];
    if (pid === undefined) continue;
    const folder = join(incoming, entry);
    const isLeft = place === here ? !lives(Number(pid)) : await isOlder(folder, endedMs);
    if (isLeft) await rm(folder, { recursive: true, force: true });
  }
}

const isOlder = (path: string, ms: number): Promise<boolean> =>
  stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs > ms,
    () => false,
  );

/**
 * A folder beside the base models that becomes one in one step.
 *
 * @param ending of its name; without one, what an earlier process left in it is found again
 */
async function openStaging(modelsDir: string, name: string, ending = '') {
  const slug = Slug.safeParse(name);
  if (!slug.success) throw new AddBaseError(`the name "${name}": ${slug.error.issues[0]?.message}`);
  const target = join(modelsDir, name);
  if (await exists(target)) {
    throw new AddBaseError(`there is a base model ${name} in ${modelsDir} already; give another name, or remove it`);
  }
  const incoming = join(modelsDir, '.incoming');
  const folder = join(incoming, `${name}${ending}`);
  await discardLeft(incoming, name);
  await mkdir(folder, { recursive: true }).catch((error) => {
    throw unwritable(error, modelsDir) ?? error;
  });
  const tidy = () => rmdir(incoming).catch(() => undefined); // others may be on their way
  return {
    folder,
    tidy,
    async finish(provenance: Record<string, unknown>): Promise<Base> {
      await writeFile(join(folder, provenanceFile), `${JSON.stringify(provenance, null, 2)}\n`);
      // Weights that somebody else published are not to be committed by accident.
      await writeFile(join(folder, '.gitignore'), '*\n');
      const base = await readBase(folder, name);
      await rename(folder, target);
      await tidy();
      return base;
    },
    async discard(): Promise<void> {
      await rm(folder, { recursive: true, force: true });
      await tidy();
    },
  };
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
