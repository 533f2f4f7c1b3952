#!/usr/bin/env node
/**
 * What three methods need before they can be on the board of every method, and the sweep with it:
 * `node examples/03-every-method/prepare.mjs SWEEP.json`, while `npm run rankforge -- up` runs.
 *
 * MUSCLE and Trans-LoRA move an adapter from one base model to another. The other one, `nano-moby`, is `nano-sotu` trained on
 * Moby-Dick as a whole and merged. Adapters of the task: LoRA on `nano-moby`, which teaches; LoRA on `nano-sotu` at each
 * rank, which MUSCLE begins from. What is known is not trained again.
 */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail, json, rankforge } from '../support/command-line.mjs';

const [output] = process.argv.slice(2);
if (output === undefined) fail('usage: node examples/03-every-method/prepare.mjs SWEEP.json');
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const sweep = JSON.parse(readFileSync(here('sweep.json'), 'utf8'));
const otherBase = 'nano-moby';
const work = mkdtempSync(join(tmpdir(), 'rankforge-every-method-'));

try {
  if (!json('base', 'list').bases.some(({ name }) => name === otherBase)) {
    const [merged] = trained('base.json');
    rankforge('adapter', 'download', merged.id, '--format', 'merged', '--output', join(work, 'merged'));
    // Two bases read the same tokens where this file is the same to the byte.
    const models = process.env.RANKFORGE_MODELS_DIR ?? here('../../models');
    copyFileSync(join(models, sweep.base, 'tokenizer.json'), join(work, 'merged/tokenizer.json'));
    rankforge('base', 'add', join(work, 'merged'), '--name', otherBase);
  }
  const [teacher] = trained('teacher.json');
  const starts = trained('starts.json');
  writeFileSync(output, `${JSON.stringify(withAdapters({ teacher: teacher.id, starts }), null, 2)}\n`);
  console.log(`${output}: every method, with the teacher ${teacher.id}`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** The sweep, with the two methods that need an adapter. Trans-LoRA writes fewer examples than by default: it is one of many. */
function withAdapters({ teacher, starts }) {
  const written = { examples: 64, discriminatorSteps: 15 };
  const moved = [
    { name: 'trans-lora', teacher, config: written },
    ...starts.map(({ id }) => ({ name: 'muscle', teacher, from: id })),
  ];
  return { ...sweep, methods: [...sweep.methods, ...moved] };
}

/** Trials of a preparatory sweep, trained. */
function trained(file) {
  const { id } = json('sweep', 'submit', '--watch', here(file));
  return json('trial', 'list', '--sweep', id).items.filter(
    ({ kind, state }) => kind === 'train' && state === 'SUCCEEDED',
  );
}
