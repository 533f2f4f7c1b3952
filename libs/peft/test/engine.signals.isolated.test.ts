/** @file A process that is sent signals while it multiplies. A handler that interrupts a product at the wrong moment would end it. */
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { addedEngines, engineOptions } from '../../../test/support/engines.js';

const program = fileURLToPath(new URL('support/multiply-under-signals.mjs', import.meta.url));
const signals = 300;

it.each([['wasm', 1], ...addedEngines.flatMap((name) => [[name, 1] as const, [name, 2] as const])] as const)(
  'gives the same product each time on %s with %i threads',
  async (name, threads) => {
    const options = JSON.stringify({ ...engineOptions, threads });
    const child = execa(process.execPath, [program, name, options, String(signals)]);
    await new Promise((ready) => child.stdout.once('data', ready));
    const sender = execa('sh', ['-c', `while kill -USR2 ${child.pid}; do sleep 0.001; done`], { reject: false });
    try {
      expect((await child).exitCode).toBe(0);
    } finally {
      sender.kill('SIGKILL');
      await sender;
    }
  },
);
