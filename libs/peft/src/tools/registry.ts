/** @file Tools whose configuration files are read. A new one is a line here, before TRL, whose keys many have. */
import { axolotl } from './axolotl.js';
import { llamafactory } from './llamafactory.js';
import { peft } from './peft.js';
import type { Tool } from './tool.js';
import { trl } from './trl.js';

export const tools: readonly Tool[] = [peft, axolotl, llamafactory, trl];

/** Tools that can be started on a rendered file. */
export const presets = tools.flatMap(({ name, preset }) => (preset ? [{ name, ...preset }] : []));
