#!/usr/bin/env node
/**
 * `npm run gpu-check`: whether the engines `tensorflow` and `torch` of this installation train on this machine's NVIDIA GPUs, in one report.
 * Status 0: all of it held; 1: some did not; 2: wrong options; 6: something is missing that a person adds; 8: there is no GPU here.
 *
 * - `--device cpu` runs the same on the cores, to try the program. Its report says nothing of a GPU.
 * - `--only conformance speed sweep torch` runs some parts; `--out FILE` names the report.
 */
import './lib/node-version.mjs';
import { ensureBuilt } from './lib/build.mjs';
import { compile } from './lib/compile.mjs';
import { ensureInstalled } from './lib/install.mjs';

ensureInstalled();
ensureBuilt();
compile('compiling the check', 'bench');
await import('../bench/dist/gpu-check/main.js');
