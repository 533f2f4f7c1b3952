#!/usr/bin/env node
/**
 * `npm run chaos -- [--seed N] [--faults N] [--trials N] [--workers N]`: see docs/chaos.md.
 *
 * Starts the harness in network and mount namespaces of its own where this machine allows it, so that partitions, small file
 * systems and open ports are nobody else's, and end with it.
 */
import './lib/node-version.mjs';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from './lib/build.mjs';
import { compile } from './lib/compile.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { root } from './lib/root.mjs';

const say = (line) => console.log(`chaos: ${line}`);

ensureInstalled();
ensureBuilt();
compile('compiling the chaos', 'test/chaos');
const { enginesFolder, ensureRedisServer } = await import('../apps/cli/dist/index.js');
const { findProgram, installSystemPackage } = await import('../apps/cli/dist/local/system-packages.js');
const { findFaketime } = await import('../test/chaos/dist/chaos/clock.js');
await ensureRedisServer(say);

const machine = { namespaces: await namespaces(), faketime: await faketime(), torch: torch() };
const harness = [process.execPath, join(root, 'test/chaos/dist/chaos/main.js'), ...process.argv.slice(2)];
const contained = ['unshare', '--net', '--mount', '--', process.execPath, join(root, 'scripts/lib/contained.mjs')];
const [command, ...args] = machine.namespaces.missing ? harness : [...contained, ...harness];
const child = spawn(command, args, {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, RANKFORGE_CHAOS_MACHINE: JSON.stringify(machine) },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));

/** @returns the folder of the engines where torch is among them, or what to do */
function torch() {
  const folder = enginesFolder();
  return existsSync(join(folder, 'torch', 'engine.json'))
    ? { enginesFolder: folder }
    : { missing: 'the engine was not added: `npm run rankforge -- engine add torch`' };
}

/** @returns `{}` when network and mount namespaces can be made, or what is missing */
async function namespaces() {
  if (process.platform !== 'linux') return { missing: `${process.platform} has none` };
  if (process.getuid() !== 0) return { missing: 'root is needed' };
  const ip = await obtain('iproute2', () => findProgram(['ip']));
  if (!ip.found) return { missing: ip.missing };
  const script = 'ip link set lo up && ip link add name veth1 type veth peer name veth2 && mount -t tmpfs none /mnt';
  const tried = spawnSync('unshare', ['--net', '--mount', '--', 'sh', '-ec', script], { encoding: 'utf8' });
  return tried.status === 0 ? {} : { missing: (tried.stderr || String(tried.error)).trim() };
}

async function faketime() {
  if (process.platform !== 'linux') return { missing: `not looked for on ${process.platform}` };
  const { found, missing } = await obtain('libfaketime', findFaketime);
  if (!found) return { missing };
  const env = { ...process.env, LD_PRELOAD: found, FAKETIME: '+3600', FAKETIME_DONT_FAKE_MONOTONIC: '1' };
  const tried = spawnSync(process.execPath, ['-p', 'Date.now()'], { env, encoding: 'utf8' });
  const ahead = Number(tried.stdout) - Date.now();
  return Math.abs(ahead - 3_600_000) < 600_000 ? { library: found } : { missing: `it does not move the clock of Node` };
}

/** What is on this machine, or can be installed. */
async function obtain(name, find) {
  const there = await find();
  if (there) return { found: there };
  try {
    await installSystemPackage({ apt: name, brew: name }, say);
  } catch (error) {
    return { missing: error.message };
  }
  const found = await find();
  return found ? { found } : { missing: `the package ${name} does not hold it` };
}
