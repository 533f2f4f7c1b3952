#!/usr/bin/env node
/**
 * @file `npm run bench` runs every bench, `npm run bench -- ingest latency` the named ones; `--json` prints one JSON object
 * a bench instead of tables. The status is 1 where a figure differs from a published one without a reason on record.
 */
import { loadavg } from 'node:os';
import { asText, type Bench, machine } from './bench.js';

/** One line a bench: its name is its file's. Loaded when it runs, since some bring an engine with them. */
const benches: Readonly<Record<string, () => Promise<{ default: Bench }>>> = {
  ingest: () => import('./ingest.js'),
  'metrics-at-scale': () => import('./metrics-at-scale.js'),
  throughput: () => import('./throughput.js'),
  sleepers: () => import('./sleepers.js'),
  events: () => import('./events.js'),
  expand: () => import('./expand.js'),
  latency: () => import('./latency.js'),
  linear: () => import('./linear.js'),
  steps: () => import('./steps.js'),
  engines: () => import('./engines.js'),
  runner: () => import('./runner.js'),
  generator: () => import('./generator.js'),
  memory: () => import('./memory.js'),
  'lower-memory': () => import('./lower-memory.js'),
  billion: () => import('./billion.js'),
  counts: () => import('./counts.js'),
  'published-memory': () => import('./published-memory.js'),
  'published-peak': () => import('./published-peak.js'),
  'published-litgpt': () => import('./published-litgpt.js'),
  'published-optimizer-memory': () => import('./published-optimizer-memory.js'),
  'estimate-package': () => import('./estimate-package.js'),
  'per-layer': () => import('./per-layer.js'),
  packs: () => import('./packs.js'),
  federation: () => import('./federation.js'),
  placement: () => import('./placement.js'),
  makespan: () => import('./makespan.js'),
  search: () => import('./search.js'),
  importance: () => import('./importance.js'),
  retrieval: () => import('./retrieval.js'),
  'false-splits': () => import('./false-splits.js'),
  demo: () => import('./demo.js'),
};

const args = process.argv.slice(2);
const json = args.includes('--json');
const names = args.filter((argument) => argument !== '--json');
const unknown = names.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(`no bench is called ${unknown.join(', ')}; there are: ${Object.keys(benches).join(', ')}`);
  process.exit(2);
}
for (const name of names.length > 0 ? names : Object.keys(benches)) {
  const { default: bench } = await (benches[name] as () => Promise<{ default: Bench }>)();
  const load = `Load average of the minute before: ${loadavg()[0]?.toFixed(1)}.`;
  const { notes, ...measured } = await bench.run();
  const figures = { ...measured, notes: [...notes, load] };
  console.log(
    json ? JSON.stringify({ name, title: bench.title, machine: machine(), ...figures }) : asText(bench, figures),
  );
  for (const difference of figures.differences ?? []) {
    console.error(`${name}: ${difference}`);
    process.exitCode = 1;
  }
}
