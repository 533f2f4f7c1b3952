/** @file Whether this machine can have the engine `tensorflow`, asked before anything is downloaded. */
import { statfs } from 'node:fs/promises';
import { LocalSetupError } from '../local/errors.js';
import type { Recipe } from './recipe.js';

export interface Machine {
  platform: NodeJS.Platform;
  arch: string;
  /** Version of the GNU C library; undefined where the system has another one. */
  glibc: string | undefined;
  /** Major version of Node. */
  node: number;
  freeBytes: number;
}

/** The oldest GNU C library that the wheels are built for. */
const oldestGlibc = [2, 17] as const;
/** Releases of Node whose binary interface (N-API 8) the binding was compiled and run with, or is stable across. */
const nodes = { from: 20, to: 24 };

export async function thisMachine(folder: string): Promise<Machine> {
  const { bavail, bsize } = await statfs(folder);
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  return {
    platform: process.platform,
    arch: process.arch,
    glibc: header.glibcVersionRuntime,
    node: Number(process.versions.node.split('.')[0]),
    freeBytes: bavail * bsize,
  };
}

/** Why a machine cannot have the engine, with what to do; undefined where it can. */
export function unableToRun(recipe: Recipe, machine: Machine): string | undefined {
  const { platform, arch, glibc, node, freeBytes } = machine;
  const name = `engine tensorflow (${recipe.variant})`;
  if (platform !== 'linux' || arch !== 'x64') {
    return `${name} needs Linux on x64, and this is ${platform} on ${arch}: trials run on wasm here`;
  }
  if (glibc === undefined) {
    return `${name} needs the GNU C library, and this system has another one (Alpine's musl?): use a Debian image`;
  }
  if (isOlder(glibc, oldestGlibc)) {
    return `${name} needs the GNU C library ${oldestGlibc.join('.')} or newer, and this system has ${glibc}: use a newer system`;
  }
  if (node < nodes.from || node > nodes.to) {
    return `${name} was made for Node ${nodes.from} to ${nodes.to}, and this is Node ${node}: run Rankforge with one of these`;
  }
  if (freeBytes < recipe.neededBytes) {
    const gib = (bytes: number) => (bytes / 2 ** 30).toFixed(1);
    return `${name} needs ${gib(recipe.neededBytes)} GiB of disk while it is made, and ${gib(freeBytes)} GiB are free: make room, or set RANKFORGE_DATA_DIR`;
  }
  return undefined;
}

function isOlder(version: string, than: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < than[0] || (major === than[0] && minor < than[1]);
}

/** @throws LocalSetupError with the reason where this machine cannot have the engine. */
export async function requireMachine(recipe: Recipe, folder: string): Promise<void> {
  const reason = unableToRun(recipe, await thisMachine(folder));
  if (reason !== undefined) throw new LocalSetupError(reason);
}
