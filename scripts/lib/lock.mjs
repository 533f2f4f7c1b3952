/** @file Locks of the checkout, before anything of it is installed or compiled. Node alone. */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './root.mjs';

const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * Does `work` while no other process holds the lock `file`: one that does is waited for, and that of a process that is gone is taken over.
 * The end of this process, whatever brings it, ends the lock.
 */
export function withLock(file, work) {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify({ pid: process.pid, stamp: startStamp(process.pid) }));
  for (let said = false; !linked(draft, file); Atomics.wait(pause, 0, 0, 100)) {
    const held = textOf(file);
    const owner = ownerOf(file);
    if (held !== undefined && owner === undefined) removeStale(file, held);
    else if (owner !== undefined && !said) {
      console.error(`rankforge: process ${owner} installs or builds here, and is waited for`);
      said = true;
    }
  }
  rmSync(draft);
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** The live process that holds a lock of this form, which launchers take too; undefined where none does. */
export function ownerOf(file) {
  try {
    const { pid, stamp } = JSON.parse(textOf(file));
    if (process.platform === 'linux' && startStamp(pid) !== stamp) return undefined;
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return error.code === 'EPERM' ? JSON.parse(textOf(file)).pid : undefined;
  }
}

/** Taken by whoever installs packages or compiles. */
export const buildLock = join(root, '.rankforge/build.lock');

/** The lock that `rankforge up` holds on the folder that it runs in. */
export const launcherLock = (home) => join(home, 'lock');

/** Moves a lock aside that a process left, and puts it back should it be another's by now. */
function removeStale(file, held) {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  if (textOf(aside) !== held) linked(aside, file);
  rmSync(aside, { force: true });
}

/** `link` is atomic: it fails when the name exists. */
function linked(from, to) {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function textOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** When a process started, which tells it from a later one of the same id; undefined for one that is gone, or where /proc is missing. */
function startStamp(pid) {
  const stat = textOf(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields?.[0] === 'Z' ? undefined : fields?.[19];
}
