/** Prepares fresh network and mount namespaces, and becomes the command that is given. Runs under `unshare --net --mount`. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/** Where `ip netns` keeps names: a folder of its own, so that names are nobody else's and end with this process. */
const names = '/run/netns';
mkdirSync(names, { recursive: true });
for (const [program, ...args] of [
  ['ip', 'link', 'set', 'lo', 'up'],
  ['mount', '--make-rprivate', '/'],
  ['mount', '-t', 'tmpfs', 'netns', names],
]) {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`\`${[program, ...args].join(' ')}\` failed: ${stderr}`);
}
const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
