import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, totalmem } from 'node:os';
import type { Command } from 'commander';
import { execa } from 'execa';
import pc from 'picocolors';
import { type AddableEngine, addableEngines } from '../engines/addable.js';
import { exitCode } from '../exit-codes.js';
import { findChromium } from '../local/chromium.js';
import { dashboardPage, enginesFolder, programs, rankforgeHome } from '../local/paths.js';
import { postgresBinaries } from '../local/postgres.js';
import { isAlive } from '../local/processes.js';
import { findRedisServer, redisVersion } from '../local/redis.js';
import { readState } from '../local/state.js';
import { findProgram } from '../local/system-packages.js';
import { print } from '../output/print.js';
import { clientOf, type GlobalOptions, optionsOf } from './options.js';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

interface Finding {
  name: string;
  /** `optional`: something works less well without it; `missing`: nothing works without it. */
  state: 'ok' | 'optional' | 'missing';
  found: string;
  advice?: string;
}

/** A check throws when the thing is not there; its message is what was found. */
interface Check {
  name: string;
  look: () => Promise<string>;
  needed: boolean;
  advice: string;
}

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('Show what this machine has and lacks, and what to do; exit status 6 when something needed is missing')
    .option(
      '--cluster',
      'ask the API instead: versions, clocks, TLS, LISTEN, the store, servers and migrations; needs an admin of the whole installation',
    )
    .action(async (_: unknown, command: Command) => {
      const options = optionsOf<{ cluster?: boolean }>(command);
      if (options.cluster) return doctorOfCluster(command, options);
      const findings = await Promise.all(checks().map(examine));
      print(options, { findings }, () => findings.map(line).join('\n'));
      if (findings.some(({ state }) => state === 'missing')) process.exitCode = exitCode.setup;
    });
}

async function doctorOfCluster(command: Command, options: GlobalOptions): Promise<void> {
  const { clusterFindings } = await import('./doctor-cluster.js');
  const findings = await clusterFindings(await clientOf(command), version);
  const mark = { ok: pc.green('ok'), warn: pc.yellow('warn'), fail: pc.red('FAIL') };
  print(options, { findings }, () =>
    findings.map(({ name, state, found, advice }) => lineOf(name, mark[state], found, advice)).join('\n'),
  );
  if (findings.some(({ state }) => state === 'fail')) process.exitCode = exitCode.setup;
}

function checks(): Check[] {
  const env = process.env;
  return [
    {
      name: 'Node',
      look: async () => {
        const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
        if (major < 20 || (major === 20 && minor < 19)) throw new Error(process.version);
        return process.version;
      },
      needed: true,
      advice: 'install Node 20.19 or newer',
    },
    {
      name: 'programs',
      look: async () => {
        const absent = Object.values(programs).filter((file) => !existsSync(file));
        if (absent.length > 0) throw new Error(`${absent.join(', ')} missing`);
        return 'compiled';
      },
      needed: true,
      advice: 'npm run build',
    },
    { name: 'dashboard', look: () => file(dashboardPage), needed: false, advice: 'npm run build' },
    {
      name: 'PostgreSQL',
      look: () => (env.DATABASE_URL ? databaseVersion(env.DATABASE_URL) : embeddedVersion()),
      needed: true,
      advice: env.DATABASE_URL ? 'start the server DATABASE_URL names, or unset it' : 'npm ci, or set DATABASE_URL',
    },
    {
      name: 'Redis',
      look: () => (env.REDIS_URL ? redisVersion(env) : localRedis()),
      needed: true,
      advice: env.REDIS_URL
        ? 'start the server REDIS_URL names, correct it or the REDIS_* files beside it, or unset it'
        : 'apt-get install redis-server (or brew install redis), or set REDIS_URL; as root, `rankforge up` installs it',
    },
    {
      name: 'engine wasm',
      look: () => packageVersion('@tensorflow/tfjs-backend-wasm'),
      needed: true,
      advice: 'npm ci',
    },
    ...addableEngines
      .filter(({ trains }) => trains)
      .map((engine) => ({
        name: `engine ${engine.name}`,
        look: () => addedEngine(engine),
        needed: false,
        advice: engine.advice,
      })),
    {
      name: 'engine webgpu',
      look: () => packageVersion('webgpu'),
      needed: false,
      advice: 'npm i webgpu (needs a Vulkan driver)',
    },
    { name: 'NVIDIA GPU', look: nvidia, needed: false, advice: 'trials run on the host' },
    {
      name: 'Chromium',
      look: async () => required(await findChromium()),
      needed: false,
      advice: 'only the browser tests need it: apt-get install chromium, or set CHROMIUM_PATH',
    },
    {
      name: 'machine',
      look: async () => `${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
      needed: true,
      advice: '',
    },
    { name: 'platform', look: runningPlatform, needed: false, advice: 'rankforge up' },
  ];
}

async function addedEngine(engine: AddableEngine): Promise<string> {
  const folder = enginesFolder();
  const added = await engine.read(folder);
  if (!added) throw new Error((await engine.unable?.(folder)) ?? 'absent');
  const fault = engine.fault(folder, added);
  if (fault !== undefined) throw new Error(fault);
  return engine.shown(added);
}

async function examine({ name, look, needed, advice }: Check): Promise<Finding> {
  try {
    return { name, state: 'ok', found: await look() };
  } catch (error) {
    const found = (error as Error).message.split('\n')[0] ?? '';
    return { name, state: needed ? 'missing' : 'optional', found, advice };
  }
}

function line({ name, state, found, advice }: Finding): string {
  const mark = { ok: pc.green('ok'), optional: pc.yellow('no'), missing: pc.red('MISSING') }[state];
  return lineOf(name, mark, found, advice);
}

const lineOf = (name: string, mark: string, found: string, advice: string | undefined): string =>
  `${name.padEnd(18)} ${mark}  ${found}${advice ? `\n${' '.repeat(19)}→ ${advice}` : ''}`;

async function file(path: string): Promise<string> {
  if (!existsSync(path)) throw new Error(`${path} is missing`);
  return path;
}

function required(found: string | undefined): string {
  if (!found) throw new Error('not found');
  return found;
}

async function packageVersion(name: string): Promise<string> {
  const require = createRequire(import.meta.url);
  const lookIn = require.resolve.paths(name) ?? [];
  for (const folder of lookIn) {
    const manifest = `${folder}/${name}/package.json`;
    if (existsSync(manifest)) return (require(manifest) as { version: string }).version;
  }
  throw new Error('not installed');
}

async function embeddedVersion(): Promise<string> {
  const { postgres } = await postgresBinaries();
  const { stdout } = await execa(postgres, ['--version']);
  return `${stdout.trim()}, from npm`;
}

async function databaseVersion(url: string): Promise<string> {
  const { PostgresSession } = await import('@rankforge/db');
  const client = new PostgresSession({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return `${rows[0]?.server_version}, DATABASE_URL`;
  } finally {
    await client.end();
  }
}

async function localRedis(): Promise<string> {
  const program = required(await findRedisServer());
  const { stdout } = await execa(program, ['--version']);
  return `${/v=([\d.]+)/.exec(stdout)?.[1] ?? stdout.trim()}, ${program}`;
}

async function nvidia(): Promise<string> {
  const program = required(await findProgram(['nvidia-smi']));
  const { stdout } = await execa(program, ['--query-gpu=name,memory.total', '--format=csv,noheader']);
  return stdout.trim().replaceAll('\n', '; ');
}

async function runningPlatform(): Promise<string> {
  const home = rankforgeHome();
  const { apiUrl, launcherPid } = await readState(home);
  if (!apiUrl || !launcherPid || !isAlive(launcherPid)) throw new Error(`none runs in ${home}`);
  return `${apiUrl} (process ${launcherPid}, ${home})`;
}
