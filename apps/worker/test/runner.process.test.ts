import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import {
  RunnerDiedError,
  type RunnerLine,
  type RunnerOrder,
  RunnerProcess,
} from '../src/trainer/runner/runner-process.js';

/** What a worker and the runner of torch said to each other; the runner's own tests hold it to that. */
const conversation = readFileSync(new URL('../../../runners/torch/tests/conversation.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { to?: Record<string, unknown>; from?: Record<string, unknown> });
const [ready, ...answers] = conversation.flatMap(({ from }) => (from ? [from] : []));
const ofTraining = answers.slice(0, answers.findIndex(({ type }) => type === 'ended') + 1);
const order = conversation.find(({ to }) => to?.type === 'run')!.to as unknown as RunnerOrder;

const open: RunnerProcess[] = [];
afterEach(() => {
  for (const runner of open.splice(0)) runner.end();
});

/** A runner that does what its program says; `say` writes a line about the order at hand, numbered as it is given. */
function scripted(program: string, startsWithinMs = 30_000): { runner: RunnerProcess; log: string[] } {
  const log: string[] = [];
  const source = `
    import { createInterface } from 'node:readline';
    import { createReadStream, writeSync } from 'node:fs';
    const raw = (text) => writeSync(4, text);
    const lines = ${JSON.stringify(ofTraining)};
    let order;
    const say = (line) => raw(JSON.stringify({ ...line, trial: line.trial ?? order.trial, attempt: order.attempt, ...line.own }) + '\\n');
    const ready = () => raw(JSON.stringify(${JSON.stringify(ready)}) + '\\n');
    const onOrder = (act) => createInterface({ input: createReadStream('', { fd: 3 }) }).on('line', (text) => {
      const line = JSON.parse(text);
      if (line.type !== 'stop') order = line;
      act(line);
    }).on('close', () => process.exit(0));
    ${program}`;
  const args = ['--input-type=module', '-e', source];
  const runner = new RunnerProcess({ command: process.execPath, args, env: process.env }, (line) => log.push(line), {
    startsWithinMs,
  });
  open.push(runner);
  return { runner, log };
}

const isThere = (pid: string | undefined) => {
  try {
    // A zombie is reaped by the container's own init, or not at all: it computes nothing.
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
};

const trained = async (runner: RunnerProcess, taken: RunnerLine[] = [], trial = 'trial-1') => {
  const ended = await runner.run(trial, order, async (line) => void taken.push(line));
  return { ended, taken };
};

describe('a conversation with a runner', () => {
  it('takes the recorded lines in their order, and the end', async () => {
    const { runner } = scripted('ready(); onOrder(() => lines.forEach(say));');
    const { ended, taken } = await trained(runner);
    expect(taken.map(({ type }) => type)).toEqual(ofTraining.slice(0, -1).map(({ type }) => type));
    expect(ended).toMatchObject({ type: 'ended', outcome: 'completed', step: 4, examples: 16 });
    expect(runner.usable).toBe(true);
  });

  it('drops lines that came already, are out of order, or are of another attempt or trial', async () => {
    const { runner } = scripted(`ready(); onOrder(() => {
      lines.forEach((line) => {
        say(line);
        say(line);
        say({ ...line, own: { attempt: 0 } });
        say({ ...line, own: { trial: 'another' } });
      });
    });`);
    const { taken } = await trained(runner);
    expect(taken.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('tells attempts of a trial apart, and drops what is still said of the one before', async () => {
    const { runner } = scripted(`ready(); let before; onOrder(() => {
      if (before) raw(before);
      lines.forEach(say);
      before = JSON.stringify({ ...lines[1], trial: order.trial, attempt: order.attempt, sequence: 99 }) + '\\n';
    });`);
    await trained(runner);
    const { taken, ended } = await trained(runner);
    expect(taken).toHaveLength(ofTraining.length - 1);
    expect(ended.attempt).toBe(2);
  });

  it('waits for a line to be taken before the next', async () => {
    const { runner } = scripted('ready(); onOrder(() => lines.forEach(say));');
    const happened: string[] = [];
    await runner.run('trial-1', order, async ({ type }) => {
      happened.push(`${type} begins`);
      await sleep(5);
      happened.push(`${type} ends`);
    });
    expect(happened.every((each, at) => each.endsWith(at % 2 === 0 ? 'begins' : 'ends'))).toBe(true);
  });

  it.each([
    [
      'exits with 0 and no end',
      'ready(); onOrder(() => { say(lines[0]); process.exit(0); });',
      /exit 0\) without an end/,
    ],
    ['ends before it is ready', 'process.exit(3);', /exit 3/],
    ['never says ready', 'setInterval(() => 0, 1000);', /said nothing for 2 s/],
    [
      'is ready in another version',
      `raw(JSON.stringify({ ...${JSON.stringify(ready)}, version: 2 }) + '\\n'); onOrder(() => 0);`,
      /none of its protocol.*version/s,
    ],
    [
      'exits with 0 and leaves children that hold its pipes',
      `import { spawn } from 'node:child_process';
       ready();
       onOrder(() => {
         spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: ['ignore', 1, 2, 3, 4] });
         process.exit(0);
       });`,
      /exit 0\) without an end/,
    ],
    ['prints garbage', "ready(); onOrder(() => raw('garbage\\n'));", /not JSON: garbage/],
    ['says another type', "ready(); onOrder(() => say({ ...lines[0], type: 'dance' }));", /none of its protocol/],
    ['says another version', 'ready(); onOrder(() => say({ ...lines[0], version: 2 }));', /none of its protocol/],
    ['says a number that is none', 'ready(); onOrder(() => say({ ...lines[1], loss: null }));', /loss/],
    [
      'is cut in the middle of a line',
      'ready(); onOrder(() => { raw(\'{"version": 1, "ty\'); process.exit(0); });',
      /without an end/,
    ],
    ['floods a line', "ready(); onOrder(() => raw('x'.repeat(1_100_000)));", /more than 1048576 bytes/],
  ])('ends where the runner %s', async (_, program, reason) => {
    const { runner } = scripted(program, program.startsWith('setInterval') ? 2_000 : undefined);
    const died = await trained(runner).catch((error: unknown) => error);
    expect(died).toBeInstanceOf(RunnerDiedError);
    expect((died as Error).message).toMatch(reason);
    expect(runner.usable).toBe(false);
  });

  it('tells the signal that a runner died of', async () => {
    const { runner } = scripted("ready(); onOrder(() => process.kill(process.pid, 'SIGKILL'));");
    await expect(trained(runner)).rejects.toMatchObject({ signal: 'SIGKILL' });
  });

  it('takes an exit of 137 for that signal, as a script around a program says it', async () => {
    const { runner } = scripted('ready(); onOrder(() => process.exit(137));');
    await expect(trained(runner)).rejects.toMatchObject({ signal: 'SIGKILL' });
  });

  it('finds a runner unusable once it has ended, even if a child of it still runs', async () => {
    const { runner } = scripted(`
      import { spawn } from 'node:child_process';
      ready();
      onOrder(() => {
        spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: ['ignore', 1, 2, 3, 4] });
        lines.forEach(say);
        process.exit(0);
      });`);
    expect((await trained(runner)).ended.outcome).toBe('completed');
    await expect.poll(() => runner.usable).toBe(false);
  });

  it('holds few lines of a flood while earlier ones are taken', async () => {
    const { runner } = scripted(`ready(); onOrder(() => {
      for (let at = 0; at < 20_000; at += 1) say({ type: 'alive', version: 1, phase: 'training', sequence: at });
      say({ ...lines.at(-1), sequence: 20_000 });
    });`);
    let [most, taken] = [0, 0];
    await runner.run('trial-1', order, async () => {
      taken += 1;
      most = Math.max(most, runner.waiting);
      if (taken % 100 === 0) await sleep(1);
    });
    expect(taken).toBe(20_000);
    // A chunk of a pipe may come beyond the bound.
    expect(most).toBeLessThan(3000);
  });

  it('cuts what is printed without an end of line', async () => {
    const { runner, log } = scripted(
      "process.stdout.write('x'.repeat(300_000)); ready(); onOrder(() => lines.forEach(say));",
    );
    await trained(runner);
    await expect.poll(() => log.join('').length).toBeGreaterThan(200_000);
    expect(Math.max(...log.map((line) => line.length))).toBeLessThan(200_000);
  });

  it('ends what a runner started, too', async () => {
    const { runner, log } = scripted(`
      import { spawn } from 'node:child_process';
      const left = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)']);
      ready();
      onOrder(() => { console.log(left.pid); });`);
    const running = trained(runner).catch((error: unknown) => error);
    await expect.poll(() => log.length).toBe(1);
    runner.end();
    await running;
    await expect.poll(() => isThere(log[0])).toBe(false);
  });

  it.skipIf(process.platform !== 'linux')(
    'ends what a runner started in a session of its own, and forgot',
    async () => {
      const { runner, log } = scripted(`
      import { spawn } from 'node:child_process';
      const forks = "const { spawn } = require('node:child_process');" +
        "const options = { detached: true, stdio: 'ignore' };" +
        "console.log(spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], options).pid); process.exit(0);";
      ready();
      onOrder(() => spawn(process.execPath, ['-e', forks], { detached: true, stdio: ['ignore', 1, 2] }).on('close', () => {
        console.log('forked');
        process.kill(process.pid, 'SIGKILL');
      }));`);
      await expect(trained(runner)).rejects.toThrow(/SIGKILL\) without an end/);
      expect(log).toEqual([expect.stringMatching(/^\d+$/), 'forked']);
      await expect.poll(() => isThere(log[0])).toBe(false);
    },
  );

  it('is asked to stop, and killed where it does not', async () => {
    const polite = scripted(`ready(); onOrder((line) => {
      if (line.type === 'stop') say({ ...lines.at(-1), outcome: 'stopped', sequence: 50 });
    });`).runner;
    const stopped = trained(polite);
    await sleep(100);
    polite.stop('drain', 10_000);
    expect((await stopped).ended.outcome).toBe('stopped');
    const deaf = scripted('ready(); onOrder(() => say(lines[0]));').runner;
    const taken: RunnerLine[] = [];
    const killed = trained(deaf, taken).catch((error: Error) => error.message);
    await expect.poll(() => taken.length).toBe(1);
    deaf.stop('cancelled', 50);
    expect(await killed).toBe('the runner did not stop within 0.05 s');
  });

  it('keeps what is printed as its log', async () => {
    const { runner, log } = scripted("console.error('a warning'); ready(); onOrder(() => lines.forEach(say));");
    await trained(runner);
    await expect.poll(() => log).toEqual(['a warning']);
  });
});
