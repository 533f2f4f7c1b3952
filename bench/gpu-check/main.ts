/** @file `npm run gpu-check`: options, the parts in their order, and the report. See scripts/gpu-check.mjs. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { conformance } from './conformance.js';
import { type DeviceKind, inspect, NothingToCheck } from './machine.js';
import { asMarkdown, type Part } from './report.js';
import { speed } from './speed.js';
import { sweep } from './sweep.js';
import { torch } from './torch.js';

const parts = { conformance, speed, sweep, torch };
type PartName = keyof typeof parts;
const partNames = Object.keys(parts) as PartName[];

process.exitCode = await check().catch((error: unknown) => {
  if (!(error instanceof NothingToCheck)) throw error;
  console.error(`gpu-check: ${error.message}`);
  return error.status;
});

async function check(): Promise<number> {
  const { device, only, out } = readOptions();
  const needs = (only ?? partNames.filter((name) => name !== 'torch')).map(engineOf);
  const subject = await inspect(device, new Set(needs));
  const wanted = only ?? partNames.filter((name) => name !== 'torch' || subject.runner);
  if (!only && !subject.runner) console.log('gpu-check: torch is left out: `rankforge engine add torch` adds it');
  console.log(`gpu-check: ${subject.devices.map(({ id, name }) => `${id} (${name})`).join(', ')}`);
  const done: Part[] = [];
  for (const name of partNames.filter((each) => wanted.includes(each))) {
    console.log(`gpu-check: ${name}`);
    const started = performance.now();
    const part = await parts[name](subject).catch(
      (error: Error): Omit<Part, 'name' | 'seconds'> => ({ problems: [error.message], table: [], notes: [] }),
    );
    done.push({ name, seconds: (performance.now() - started) / 1000, ...part });
    for (const problem of part.problems) console.error(`gpu-check: ${name}: ${problem}`);
  }
  await writeFile(out, asMarkdown(subject, done));
  const failed = done.some(({ problems }) => problems.length > 0);
  console.log(`gpu-check: ${failed ? 'some of it did not hold' : 'all of it held'}; the report is ${out}`);
  return failed ? 1 : 0;
}

function engineOf(part: PartName): 'torch' | 'tensorflow' {
  return part === 'torch' ? 'torch' : 'tensorflow';
}

function readOptions(): { device: DeviceKind; only: PartName[] | undefined; out: string } {
  try {
    const { values, positionals } = parseArgs({
      args: process.argv.slice(2),
      allowPositionals: true,
      options: { device: { type: 'string' }, only: { type: 'boolean' }, out: { type: 'string' } },
    });
    const { device = 'gpu', only = false, out = 'gpu-check.md' } = values;
    if (device !== 'gpu' && device !== 'cpu') throw new TypeError(`--device is "${device}": expected gpu or cpu`);
    const unknown = positionals.filter((name) => !(name in parts));
    if (unknown.length > 0 || only !== positionals.length > 0) {
      throw new TypeError(`--only takes parts, which are ${partNames.join(', ')}; got "${positionals.join(' ')}"`);
    }
    return { device, only: only ? (positionals as PartName[]) : undefined, out: resolve(out) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new NothingToCheck(error.message, 2);
  }
}
