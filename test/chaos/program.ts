/** @file A program that is kept running, as Kubernetes would: one that ends is started again. */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { logTail, type Service, startService } from '@rankforge/cli';

export interface ProgramCommand {
  name: string;
  command: string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  logFile: string;
}

/** A program that ended though nobody killed it. */
export interface Ended {
  program: string;
  /** `exit 1`, or the signal. */
  how: string;
  /** What it logged last. */
  lastLines: readonly string[];
}

const restartMs = 1000;
const lastLines = 20;

/**
 * States: up → down by a fault (`kill`; stays down until `start`), or down by itself (`onEnded` is told, and it is started
 * again) → up; closed, from which nothing starts.
 */
export class Program {
  private service: Service | undefined;
  private wanted = false;
  private frozen: number[] = [];

  constructor(
    private readonly command: ProgramCommand,
    private readonly onEnded: (ended: Ended) => void,
  ) {}

  get name(): string {
    return this.command.name;
  }

  get pid(): number {
    if (!this.service) throw new Error(`${this.name} is not running`);
    return this.service.pid;
  }

  get isUp(): boolean {
    return this.service !== undefined;
  }

  async start(): Promise<void> {
    this.wanted = true;
    const { name, command, ...rest } = this.command;
    const [program, ...args] = command;
    const service = await startService({ name, command: program!, args, ...rest });
    this.service = service;
    void service.exited.then(async ({ code, signal }) => {
      this.service = undefined;
      if (!this.wanted) return;
      const lines = logTail(rest.logFile, lastLines).split('\n');
      this.onEnded({ program: name, how: signal ?? `exit ${code}`, lastLines: lines });
      await sleep(restartMs);
      if (this.wanted) await this.start();
    });
  }

  /** SIGKILL; it stays down until it is started. */
  async kill(): Promise<void> {
    this.wanted = false;
    const { service } = this;
    if (!service) return;
    process.kill(service.pid, 'SIGKILL');
    await service.exited;
  }

  /** SIGSTOP, of the processes it has started too when `whole`. */
  async freeze(whole: boolean): Promise<void> {
    this.frozen = [this.pid, ...(whole ? await childrenOf(this.pid) : [])];
    for (const pid of this.frozen) signal(pid, 'SIGSTOP');
  }

  thaw(): void {
    for (const pid of this.frozen.reverse()) signal(pid, 'SIGCONT');
    this.frozen = [];
  }

  async stop(): Promise<void> {
    this.wanted = false;
    this.thaw();
    await this.service?.stop(30_000);
  }
}

/** Processes that a process has started and that are alive. */
export async function childrenOf(pid: number): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => ''); // gone meanwhile
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(parent) === pid && state !== 'Z') found.push(Number(name));
  }
  return found;
}

/** A process that has ended meanwhile is no error. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
