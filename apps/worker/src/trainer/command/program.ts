/** @file A program of a sweep while it runs: its words, its environment, its output, its memory, and its end. */

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { type CommandResult, filledWords } from '@rankforge/contracts';
import type { Order, Reports, RunOutcome } from '../../trial/executor.js';
import { bytesOnCards, killTree, processTree } from '../process-tree.js';
import { RunnerDiedError } from '../runner-died.js';
import { listen } from './listener.js';
import { collected, rendered, toolWords } from './preset.js';
import { readResult } from './result.js';

/** Time in which a program ends once it was asked to: a Trainer that saves when it is told needs some. */
const graceMs = 15_000;
const lookMs = 200;
/** Lines of output that are kept a second, and bytes of a line. */
const mostLines = 200;
const longestLine = 2000;

/** Variables of the worker that a program gets besides its own: none of them is a secret. */
const passedOn =
  /^(?:PATH|HOME|USER|LANG|LC_\w+|TZ|TMPDIR|LD_LIBRARY_PATH|VIRTUAL_ENV|CONDA_PREFIX|CUDA_\w+|NVIDIA_\w+|OMP_NUM_THREADS|HF_HOME|HF_HUB_CACHE|HF_DATASETS_CACHE|HF_HUB_OFFLINE|XDG_CACHE_HOME|SSL_CERT_\w+)$/;

type Finished = Exclude<RunOutcome, { kind: 'died' }>;
export type Ended = { result: CommandResult; peakBytes: number } | Finished;

/** Tools that the process which runs a program gives it. */
export interface ProgramTools {
  /** Folders in which commands may run, and one for files of orders. */
  session: { readonly commandFolders: readonly string[]; readonly scratch: string };
  reports: Reports;
  signal: AbortSignal;
  turn: { away<T>(work: () => Promise<T>): Promise<T> };
  signs: { other(): void };
}

/**
 * Runs the program of an order to its end, with all that it starts: nothing of it stays.
 *
 * @throws Error where it may not run, fails, or leaves no result
 * @throws RunnerDiedError where something else than itself ended it
 */
export async function runProgram(order: Order, tools: ProgramTools): Promise<Ended> {
  const { session, reports, signal } = tools;
  const { words, folder, preset } = order.spec.command!;
  const cwd = await allowed(folder, session.commandFolders);
  await mkdir(session.scratch, { recursive: true });
  const workdir = await realpath(await mkdtemp(join(session.scratch, 'command-')));
  const attempt = randomUUID();
  const paths = { workdir, result: join(workdir, 'result.json') };
  const parameters = join(workdir, 'parameters.json');
  const tokenFile = join(workdir, 'token');
  const listening = await listen({ token: attempt, tokenFile, steps: order.spec.training.steps }, reports);
  try {
    const rendering = preset && (await rendered(preset, order.spec, workdir, order.trialId));
    const values = { ...factsOf(order), ...paths, ...(rendering && { output: rendering.output }) };
    await writeFile(parameters, JSON.stringify({ ...values, attempt }, null, 2));
    await writeFile(tokenFile, attempt, { mode: 0o600 });
    const env = {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => passedOn.test(name))),
      PYTHONUNBUFFERED: '1',
      RANKFORGE_TRIAL: order.trialId,
      RANKFORGE_ATTEMPT: attempt,
      RANKFORGE_PARAMETERS: parameters,
      RANKFORGE_RESULT: paths.result,
      RANKFORGE_WORKDIR: workdir,
      ...listening.env,
    };
    const run = async (filled: readonly string[]) => {
      const [program, ...args] = filled;
      reports.log(`runs ${JSON.stringify(filled)} in ${cwd}`);
      return tools.turn.away(() => untilEnd(order, tools, { program: program!, args, env, cwd, attempt }));
    };
    const trained = rendering && (await run(filledWords(toolWords(preset!), rendering)));
    if (trained?.over) return trained.over;
    if (signal.aborted) return { kind: 'stopped' };
    const found = rendering && (await collected(rendering.output, preset!.tool));
    const ran = await run(filledWords(words, values));
    if (ran.over) return ran.over;
    if (signal.aborted) return { kind: 'stopped' };
    const peakBytes = Math.max(ran.peakBytes, trained?.peakBytes ?? 0);
    return { result: await readResult(paths.result, attempt, found), peakBytes };
  } finally {
    listening.close();
    await rm(workdir, { recursive: true, force: true });
  }
}

/** Values of the trial, by the names that a command and the file of parameters have for them. */
function factsOf({ trialId, spec, budgetBytes }: Order): Record<string, unknown> {
  return {
    ...spec.methodConfig,
    method: spec.method,
    optimizer: spec.optimizer,
    rank: spec.rank,
    learningRate: spec.learningRate,
    seed: spec.seed,
    steps: spec.training.steps,
    memoryBudgetMiB: budgetBytes / 1024 / 1024,
    trial: trialId,
  };
}

/** @throws Error where the folder is not there, or leads out of those that are listed */
async function allowed(folder: string, roots: readonly string[]): Promise<string> {
  const real = await realpath(folder).catch((cause: Error) => {
    throw new Error(`the folder ${folder} cannot be opened on this worker: ${cause.message}`);
  });
  for (const root of roots) {
    const within = await realpath(root).catch(() => undefined);
    if (within !== undefined && (real === within || real.startsWith(within.replace(/\/?$/, sep)))) return real;
  }
  throw new Error(
    `commands may not run in ${real}: RANKFORGE_COMMAND_FOLDERS of this worker lists ${roots.join(', ') || 'no folder'}`,
  );
}

interface Started {
  program: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  attempt: string;
}

async function untilEnd(
  { budgetBytes }: Order,
  { reports, signal, signs }: ProgramTools,
  { program, args, env, cwd, attempt }: Started,
): Promise<{ peakBytes: number; over?: Finished }> {
  const mark = `RANKFORGE_ATTEMPT=${attempt}`;
  // A group of its own: a signal reaches what it started as well.
  const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const endsWithUs = () => killTree(mark);
  process.once('exit', endsWithUs);
  const errors: string[] = [];
  for (const [stream, isError] of [
    [child.stdout, false],
    [child.stderr, true],
  ] as const) {
    logLines(stream, (line) => {
      if (isError) errors.splice(0, errors.length, ...errors.slice(-4), line);
      reports.log(line);
    });
  }
  let peakBytes = 0;
  let over: Finished | undefined;
  let onCards = true;
  const look = () => {
    signs.other();
    const { pids, bytes } = processTree(mark);
    const judge = (held: number, where: string) => {
      peakBytes = Math.max(peakBytes, held);
      if (held <= budgetBytes || over) return;
      over = {
        kind: 'over-budget',
        reason: `the program held ${held} bytes ${where}, with all that it started, and the budget is ${budgetBytes}: it was ended`,
        measured: { ...nothing, workspace: held, total: held },
        dominantPart: 'workspace',
      };
      killTree(mark);
    };
    judge(bytes, 'of memory');
    if (!onCards) return;
    void bytesOnCards(pids).then((held) => {
      if (held === undefined) onCards = false;
      else judge(held, 'of its cards');
    });
  };
  const looks = setInterval(look, lookMs);
  let late: NodeJS.Timeout | undefined;
  const stop = () => {
    signalGroup(child.pid, 'SIGTERM');
    late = setTimeout(() => killTree(mark), graceMs);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    look();
    if (signal.aborted) stop();
    const [code, died] = await ended.catch((error: NodeJS.ErrnoException) => {
      const missing =
        error.code === 'ENOENT' ? 'it is not on the PATH of the worker, nor in that folder' : error.message;
      throw new Error(`${program} cannot be started in ${cwd}: ${missing}`);
    });
    const left = killTree(mark);
    if (left > 0) reports.log(`the program left ${left} process${left > 1 ? 'es' : ''} behind, which were ended`);
    if (over || signal.aborted) return { peakBytes, ...(over && { over }) };
    if (died === 'SIGKILL') throw new RunnerDiedError(`the program was killed (${died}) by somebody else`);
    if (code !== 0) {
      const said = errors.at(-1) ?? 'it wrote nothing to standard error';
      throw new Error(`the program ended with ${died ?? `status ${code}`}: ${said}`);
    }
    return { peakBytes };
  } finally {
    clearInterval(looks);
    clearTimeout(late);
    signal.removeEventListener('abort', stop);
    process.off('exit', endsWithUs);
  }
}

const nothing = { weights: 0, adapters: 0, gradients: 0, optimizer: 0, activations: 0 };

function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Tells of lines as they come, and of how many were left out where they come too fast: a log never holds a program up. */
function logLines(stream: Readable, say: (line: string) => void): void {
  let rest = '';
  let [second, said, dropped] = [0, 0, 0];
  const tell = (line: string) => {
    const now = Math.floor(performance.now() / 1000);
    if (now !== second) {
      if (dropped > 0) say(`… ${dropped} lines of output were left out`);
      [second, said, dropped] = [now, 0, 0];
    }
    if (said >= mostLines) dropped += 1;
    else {
      said += 1;
      say(line.length > longestLine ? `${line.slice(0, longestLine)} …` : line);
    }
  };
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = chunk.split('\n');
    lines[0] = rest + lines[0];
    rest = lines.pop()!.slice(0, longestLine + 1);
    for (const line of lines) tell(line);
  });
  stream.on('end', () => {
    if (rest !== '') tell(rest);
    if (dropped > 0) say(`… ${dropped} lines of output were left out`);
  });
}
