/** @file How each kind of fault is done, and undone. */
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { waitFor } from '../support/wait-for.js';
import type { Cluster } from './cluster.js';
import { childrenOf, type Program } from './program.js';
import type { Fault, FaultKind } from './schedule.js';

/** Undoes a fault. */
export type Heal = () => Promise<void>;

interface Doing {
  /** Only one fault at a time holds a thing: another one that needs it waits until it is whole again. */
  holds(fault: Fault): string;
  strike(cluster: Cluster, fault: Fault): Promise<Heal>;
}

const nothing: Heal = async () => undefined;
const process = ({ target }: Fault) => `process of ${target}`;
/** A clock an hour off is an hour fast or slow. */
const hour = 3600;

const kill: Doing = {
  holds: process,
  async strike(cluster, { target }) {
    const program = programOf(cluster, target);
    await program.kill();
    return () => program.start();
  },
};

const killServer = (server: 'redis' | 'postgres'): Doing => ({
  holds: process,
  async strike(cluster) {
    const { pid, exited } = cluster.servers[server];
    const children = await childrenOf(pid);
    for (const victim of [pid, ...children]) killNow(victim);
    await exited;
    return () => cluster.restart(server);
  },
});

const cut = (server: 'redis' | 'postgres'): Doing => ({
  holds: ({ target }) => `way from ${target} to ${server}`,
  async strike({ network }, { target }) {
    const link = network.link(target, server);
    await link.cut();
    return () => link.heal();
  },
});

/** Kills processes that a worker started. */
const killBelow = (what: string, victimsOf: (worker: number) => Promise<number[]>): Doing => ({
  holds: process,
  async strike(cluster, { target }) {
    const program = programOf(cluster, target);
    // A worker that has just started has none yet, and gets none while there is no work for it.
    let victims: number[] = [];
    await waitFor(what, async () => {
      victims = program.isUp ? await victimsOf(program.pid) : [];
      return victims.length > 0;
    }).catch(() => undefined);
    for (const pid of victims) killNow(pid);
    return nothing;
  },
});

const doings: Readonly<Record<FaultKind, Doing>> = {
  'kill-worker': kill,
  'kill-api': kill,
  'kill-redis': killServer('redis'),
  'kill-postgres': killServer('postgres'),
  'cut-worker-redis': cut('redis'),
  'cut-api-redis': cut('redis'),
  'cut-worker-postgres': cut('postgres'),
  'cut-api-postgres': cut('postgres'),
  'kill-trainer': killBelow('a trainer', childrenOf),
  'kill-runner': killBelow('a runner', async (worker) =>
    (await Promise.all((await childrenOf(worker)).map(childrenOf))).flat(),
  ),
  'freeze-worker': {
    holds: process,
    async strike(cluster, { target, draw }) {
      const program = programOf(cluster, target);
      // Alone, as a debugger or a blocked event loop stops it; or with its trainer, as a suspended machine does.
      await program.freeze(draw < 0.5);
      return async () => program.thaw();
    },
  },
  'clock-jump': {
    holds: ({ target }) => `clock of ${target}`,
    async strike(cluster, { target, draw }) {
      await cluster.setClock(target, draw < 0.5 ? -hour : hour);
      return () => cluster.setClock(target, 0);
    },
  },
  'flush-redis': {
    holds: process,
    async strike({ servers }) {
      const redis = new Redis(servers.redis.url());
      try {
        await redis.flushall();
      } finally {
        redis.disconnect();
      }
      return nothing;
    },
  },
  'disk-full': {
    holds: () => 'disk of the artifacts',
    async strike({ artifactDir }) {
      const filler = join(artifactDir, '.filler');
      await fill(filler);
      return () => rm(filler, { force: true });
    },
  },
};

export const holdsOf = (fault: Fault): string => doings[fault.kind].holds(fault);

/** @returns the way back */
export const strike = (cluster: Cluster, fault: Fault): Promise<Heal> => doings[fault.kind].strike(cluster, fault);

function programOf({ programs }: Cluster, name: string): Program {
  const program = programs.get(name);
  if (!program) throw new Error(`there is no program ${name}; there are ${[...programs.keys()].join(', ')}`);
  return program;
}

/** Writes until no byte is left. */
async function fill(path: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (let size = 2 ** 20; size >= 1; ) {
      const written = await file.write(Buffer.alloc(size)).then(
        ({ bytesWritten }) => bytesWritten,
        (error: NodeJS.ErrnoException) => {
          if (error.code !== 'ENOSPC') throw error;
          return 0;
        },
      );
      if (written < size) size = Math.floor(size / 2);
    }
  } finally {
    await file.close();
  }
}

/** A process that has ended meanwhile is no error. */
function killNow(pid: number): void {
  try {
    globalThis.process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
