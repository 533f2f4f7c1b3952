/**
 * @file One process that runs many command lines of `rankforge`, one at a time: loading the program costs most of what a short command
 * takes. A message `{ args, env, input }` runs one with that environment and standard input alone, and `{ status, out, err }` answers it.
 */
import { Readable } from 'node:stream';
import { runCommandLine } from '../../dist/main.js';

const own = { ...process.env };
let written;
for (const name of ['stdout', 'stderr']) {
  process[name].write = (chunk, encoding, callback) => {
    written[name].push(Buffer.from(chunk, typeof encoding === 'string' ? encoding : 'utf8'));
    (typeof encoding === 'function' ? encoding : callback)?.();
    return true;
  };
}

function setEnvironment(env) {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
}

// Tests read the output of a program without the last line's end.
const textOf = (parts) => Buffer.concat(parts).toString().replace(/\n$/, '');

process.on('message', async ({ args, env, input }) => {
  written = { stdout: [], stderr: [] };
  process.exitCode = undefined;
  setEnvironment(env);
  Object.defineProperty(process, 'stdin', { configurable: true, value: Readable.from([input]) });
  await runCommandLine([process.execPath, 'rankforge', ...args]);
  const answer = { status: process.exitCode ?? 0, out: textOf(written.stdout), err: textOf(written.stderr) };
  process.exitCode = undefined;
  setEnvironment(own);
  process.send(answer);
});
process.once('disconnect', () => process.exit(0));
