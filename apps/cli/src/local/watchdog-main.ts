import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const graceMs = 8_000;
const watched = new Map<number, NodeJS.Signals>();

// A terminal's hang-up or Ctrl-C is the launcher's business; this process ends when the pipe does.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, pid, signal] = line.split(' ');
  if (verb === '+') watched.set(Number(pid), signal as NodeJS.Signals);
  else watched.delete(Number(pid));
}

for (const [pid, signal] of watched) send(pid, signal);
const until = Date.now() + graceMs;
while (alive().length > 0 && Date.now() < until) await sleep(50);
for (const pid of alive()) send(pid, 'SIGKILL');

function alive(): number[] {
  return [...watched.keys()].filter((pid) => send(pid, 0));
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
