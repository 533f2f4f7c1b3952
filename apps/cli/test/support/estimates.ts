/** @file `rankforge estimate` on folders that hold a config.json and nothing else. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { llama8b } from '../../../../test/support/published-configs.js';
import { rankforge } from './run.js';

/** The JSON of an answer. */
export interface Answer {
  profile: string;
  sequence: number;
  rows: {
    method: string;
    rank: number | null;
    trainableParameters: number;
    memory: Record<'weights' | 'adapters' | 'gradients' | 'optimizer' | 'activations' | 'workspace' | 'total', number>;
    fits?: boolean;
    largest?: { rank: number | null; batch: number | null; sequence: number | null };
    beyondEngine?: string;
    cards?: string[];
    changes?: { total: number; gpus?: number; shard?: string }[];
    time?: Record<'step' | 'epoch', { low: number; high: number }>;
    torch?: { reserved: number; intervals: Record<'allocated' | 'reserved' | 'steady', { low: number; high: number }> };
  }[];
  budget: number | null;
  cards?: { name: string; left: number }[];
  mostBytes: number | null;
  refused: { method: string; rank: number | null; reason: string }[];
}

/** A folder of models with Llama-3.1-8B, made before the tests of a file and removed after them, and the command on it. */
export function estimates() {
  const made = { models: '', llama: '' };
  const folder = async (name: string, config: string): Promise<string> => {
    const path = join(made.models, name);
    await mkdir(path);
    await writeFile(join(path, 'config.json'), config);
    return path;
  };
  beforeAll(async () => {
    made.models = await mkdtemp(join(tmpdir(), 'rankforge-estimate-'));
    made.llama = await folder('llama-8b', JSON.stringify(llama8b));
  });
  afterAll(() => rm(made.models, { recursive: true }));
  /** Runs without an address of an API and without a key: what would ask for one fails. */
  const run = (...args: string[]) =>
    rankforge(['estimate', ...args], { RANKFORGE_MODELS_DIR: made.models, RANKFORGE_HOME: made.models });
  const json = async (...args: string[]): Promise<Answer> => {
    const { status, out, err } = await run(...args, '--json');
    expect(err).toBe('');
    expect(status).toBe(0);
    return JSON.parse(out) as Answer;
  };
  return { made, folder, run, json };
}
