/** @file The file of a tool that trains a configuration, and what the tool leaves. */
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { CommandPreset, CommandResult } from '@rankforge/contracts';
import { renderPreset } from '@rankforge/peft';
import { presets, writeToolFile } from '@rankforge/peft/tools';
import { z } from 'zod';
import type { Order } from '../../trial/executor.js';

export interface Rendered {
  /** The rendered file. */
  file: string;
  /** The folder that the tool writes to. */
  output: string;
  [name: string]: string;
}

/** Words of the tool's command, with `{file}`. */
export const toolWords = ({ tool }: CommandPreset): readonly string[] => presetOf(tool).command;

const presetOf = (tool: string) => presets.find(({ name }) => name === tool)!;

/**
 * Writes the file of a trial into its working folder. The tool writes there too, unless its settings name a folder elsewhere: in that, each trial has one
 * of its own, which stays.
 */
export async function rendered(
  { tool, settings }: CommandPreset,
  { method, methodConfig, rank, learningRate, seed, training: { steps } }: Order['spec'],
  workdir: string,
  trial: string,
): Promise<Rendered> {
  const named = settings[presetOf(tool).output];
  const parent = typeof named === 'string' && isAbsolute(named) ? named : workdir;
  await mkdir(parent, { recursive: true });
  // A further attempt finds it empty, or a tool would refuse it.
  const output = await mkdtemp(join(parent, `${trial}-`));
  const config = { ...methodConfig, ...(rank === null ? {} : { rank }) };
  const file = join(workdir, `${tool}.yml`);
  await writeFile(
    file,
    writeToolFile(renderPreset({ tool, settings, method, config, learningRate, seed, steps, output })),
  );
  return { file, output };
}

const TrainerState = z.object({
  global_step: z.int().min(0),
  log_history: z.array(z.record(z.string(), z.unknown())),
});

/**
 * The last scores of validation that a Trainer wrote, its steps and its adapter.
 *
 * @throws Error where it wrote none
 */
export async function collected(output: string, tool: string): Promise<Partial<CommandResult>> {
  const file = await lastState(output);
  const wanted = 'let its settings evaluate, e.g. by eval_steps';
  if (file === undefined) throw new Error(`${tool} left no trainer_state.json in ${output}: ${wanted}`);
  const state = TrainerState.safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (!state.success) throw new Error(`${file} is not as transformers writes it: ${z.prettifyError(state.error)}`);
  const { global_step: steps, log_history: history } = state.data;
  const last = history.findLast((entry) => Object.keys(entry).some((name) => name.startsWith('eval_')));
  const validation = Object.fromEntries(
    Object.entries(last ?? {}).filter(([name, value]) => name.startsWith('eval_') && typeof value === 'number'),
  ) as Record<string, number>;
  if (last === undefined) throw new Error(`${file} has no eval_ scores: ${wanted}`);
  const files = await readdir(output);
  return { validation, steps, ...(files.includes('adapter_config.json') && { adapter: output }) };
}

/** The state of a Trainer in its folder, or that of its last checkpoint. */
async function lastState(output: string): Promise<string | undefined> {
  const files = await readdir(output, { recursive: true });
  const states = files.filter((file) => /^(?:checkpoint-\d+\/)?trainer_state\.json$/.test(file));
  const stepOf = (file: string) => Number(/\d+/.exec(file)?.[0] ?? Number.POSITIVE_INFINITY);
  const last = states.toSorted((a, b) => stepOf(a) - stepOf(b)).at(-1);
  return last === undefined ? undefined : join(output, last);
}
