/** @file `npm run chaos`: the same sweep twice, in peace and under faults; see docs/chaos.md. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CreateSweepInput } from '@rankforge/contracts';
import { checkHistory } from '@rankforge/db';
import { writeTinyBase } from '../support/tiny-base.js';
import { type Cluster, removeCluster, startCluster } from './cluster.js';
import { differences } from './differences.js';
import { leftOutOf, readMachine } from './machine.js';
import { type ChaosOptions, readOptions, usage } from './options.js';
import type { Ended } from './program.js';
import { asMarkdown, type ChaosReport, countBy, machineText } from './report.js';
import { root } from './root.js';
import { runUnder, type Struck } from './run.js';
import { type Fault, faultKindNames, faultsOf } from './schedule.js';
import { Screen } from './screen.js';
import {
  boardOf,
  chaosFederations,
  chaosOnTorch,
  chaosSweep,
  outcomesOf,
  submit,
  type TrialOutcome,
  trialsOf,
  workOf,
} from './sweep.js';

interface Finding {
  outcomes: Map<string, TrialOutcome>;
  board: unknown;
  seconds: number;
  faults: Struck[];
  endedByThemselves: Ended[];
  history: Awaited<ReturnType<typeof checkHistory>>;
  attempts: ChaosReport['attempts'];
  partitions: string;
}

/** @returns true when all is well */
async function main(options: ChaosOptions): Promise<boolean> {
  const machine = readMachine(process.env);
  const leftOut = leftOutOf(machine, options);
  const { seed, runs, faults: count, trials, workers, longestSeconds, federations, torch } = options;
  if (torch && machine.torch.missing) throw new Error(`--torch: ${machine.torch.missing}`);
  const out = options.out ?? (await mkdtemp(join(tmpdir(), 'rankforge-chaos-report-')));
  const commandOf = (of: number) =>
    `npm run chaos -- --seed ${of} --faults ${count} --trials ${trials} --workers ${workers} --longest ${longestSeconds}${federations ? ' --federations' : ''}${torch ? ' --torch' : ''}`;
  console.log(`chaos: ${commandOf(seed)}`);
  for (const { kind, why } of leftOut) console.log(`chaos: ${kind} is left out: ${why}`);
  const kinds = faultKindNames.filter((kind) => !leftOut.some((left) => left.kind === kind));
  const dir = await mkdtemp(join(tmpdir(), 'rankforge-chaos-'));
  const modelsDir = join(dir, 'models');
  const base = await writeTinyBase(modelsDir, join(root, 'models/nano-sotu/tokenizer.json'));
  const sweepOf = (calm: boolean) =>
    federations ? chaosFederations(base, trials, !calm) : torch ? chaosOnTorch(base, trials) : chaosSweep(base, trials);
  const expected = trialsOf(sweepOf(true));

  const run = async (name: string, faults: readonly Fault[], sweep: CreateSweepInput): Promise<Finding> => {
    const endedByThemselves: Ended[] = [];
    const screen = new Screen(`${name}`, workOf(sweep));
    const cluster = await startCluster({
      dir: join(dir, name),
      modelsDir,
      workers,
      machine,
      torch,
      onEnded(ended) {
        endedByThemselves.push(ended);
        screen.say(`${ended.program} ended by itself: ${ended.how}; started again`);
      },
    });
    try {
      const sweepId = await submit(cluster, sweep);
      const started = performance.now();
      const struck = await runUnder(cluster, sweep, sweepId, faults, screen);
      const seconds = (performance.now() - started) / 1000;
      return await read(cluster, { sweep, sweepId }, { seconds, faults: struck, endedByThemselves });
    } finally {
      screen.close();
      await cluster.close();
    }
  };
  const read = async (
    cluster: Cluster,
    { sweep, sweepId }: { sweep: CreateSweepInput; sweepId: string },
    measured: Pick<Finding, 'seconds' | 'faults' | 'endedByThemselves'>,
  ): Promise<Finding> => ({
    ...measured,
    outcomes: await outcomesOf(cluster.db, sweepId),
    board: await boardOf(cluster, sweep, sweepId),
    history: await checkHistory(cluster.db, sweepId),
    attempts: await attemptsOf(cluster, sweepId),
    partitions: cluster.network.how,
  });

  try {
    const calm = await run('calm', [], sweepOf(true));
    let sound = true;
    for (const of of Array.from({ length: runs }, (_, index) => seed + index)) {
      const faults = faultsOf({ seed: of, faults: count, workers, longestSeconds, kinds });
      const chaos = await run(`seed-${of}`, faults, sweepOf(false));
      const { problems: _, ...history } = chaos.history;
      const states = [...chaos.outcomes.values()].map(({ state }) => state);
      const report: ChaosReport = {
        command: commandOf(of),
        machine: machineText(),
        options: { seed: of, faults: count, trials, workers, longestSeconds, federations, torch },
        partitions: chaos.partitions,
        leftOut,
        trials: { total: states.length, byState: countBy(states, (state) => state) },
        faults: chaos.faults,
        attempts: chaos.attempts,
        seconds: { calm: calm.seconds, chaos: chaos.seconds },
        endedByThemselves: chaos.endedByThemselves,
        history,
        problems: problemsOf(calm, chaos, expected),
      };
      await publish(report, out);
      sound &&= report.problems.length === 0;
    }
    return sound;
  } finally {
    if (!process.env.RANKFORGE_CHAOS_KEEP) await removeCluster(dir);
    else console.log(`chaos: everything is kept in ${dir}`);
  }
}

function problemsOf(calm: Finding, chaos: Finding, trials: number): string[] {
  const historyOf = ({ history }: Finding, name: string) =>
    history.problems.map(({ rule, trialId, found }) => `${name}: rule broken: ${rule}: trial ${trialId}: ${found}`);
  const late = chaos.faults.filter((fault) => fault.late).length;
  return [
    ...historyOf(calm, 'without faults'),
    ...historyOf(chaos, 'under faults'),
    ...(calm.outcomes.size === trials ? [] : [`${calm.outcomes.size} trials without faults, ${trials} expected`]),
    ...differences(Object.fromEntries(calm.outcomes), Object.fromEntries(chaos.outcomes)).map(
      (line) => `differs from the run without faults: ${line}`,
    ),
    ...differences(calm.board, chaos.board).map((line) => `the leaderboard differs: ${line}`),
    ...calm.endedByThemselves.map(
      ({ program, how, lastLines }) => `without faults: ${program} ended by itself (${how}): ${lastLines.at(-1)}`,
    ),
    // The last trials end in a burst when what they waited for is healed, so the last few faults may find none left.
    ...(late > Math.ceil(chaos.faults.length / 10)
      ? [`${late} faults came after the sweep had completed: too few trials for so many`]
      : []),
  ];
}

async function attemptsOf({ db }: Cluster, sweepId: string): Promise<ChaosReport['attempts']> {
  const attempts = await db.attempt.findMany({
    where: { trial: { sweepId } },
    select: { outcome: true, number: true, resumedFromStep: true },
  });
  return {
    total: attempts.length,
    byOutcome: countBy(attempts, ({ outcome }) => outcome ?? 'open'),
    resumed: attempts.filter(({ resumedFromStep }) => resumedFromStep !== null).length,
    most: Math.max(0, ...attempts.map(({ number }) => number)),
  };
}

const shownProblems = 40;

async function publish(report: ChaosReport, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `chaos-${report.options.seed}.json`), `${JSON.stringify(report, undefined, 2)}\n`);
  await writeFile(join(folder, `chaos-${report.options.seed}.md`), asMarkdown(report));
  console.log(`\n${asMarkdown({ ...report, problems: report.problems.slice(0, shownProblems) })}`);
  console.log(`chaos: reports in ${folder}; the same faults again: ${report.command}`);
}

let options: ChaosOptions;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  console.error(`chaos: ${(error as Error).message}\n${usage}`);
  process.exit(2);
}
try {
  process.exitCode = (await main(options)) ? 0 : 1;
} catch (error) {
  console.error(`chaos: seed ${options.seed}:`, error);
  // A cluster that could not be started whole, or stopped, would keep this process alive; its programs end with it.
  process.exit(1);
}
