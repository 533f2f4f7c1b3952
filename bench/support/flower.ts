/** @file Flower's simulation of a federation, for the bench that is held against it. */
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const script = fileURLToPath(new URL('../../flower/simulation.py', import.meta.url));
/** A Python that has flwr[simulation], torch, transformers and peft. */
const python = process.env.RANKFORGE_FLWR_PYTHON;

export interface FlowerPlan {
  clients: number;
  rounds: number;
  steps: number;
  batch: number;
  sequence: number;
  rank: number;
  learningRate: number;
  vocabulary: number;
  width: number;
  layers: number;
  heads: number;
  cores: number;
}

interface FlowerRun {
  flwr: string;
  torch: string;
  /** Counted over so many rounds after the first. */
  seconds: number;
  rounds: number;
  /** Bytes of arrays of all clients in a round. */
  up: number;
  down: number;
  parameters: number;
}

/** @returns why it was left out, where there is no such Python or the simulation failed */
export async function runFlower(plan: FlowerPlan): Promise<FlowerRun | { absent: string }> {
  if (!python) {
    return {
      absent:
        'Flower was left out: RANKFORGE_FLWR_PYTHON is to name a Python with flwr[simulation], torch, transformers and peft.',
    };
  }
  try {
    const { stdout } = await execa(python, [script, JSON.stringify(plan)]);
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as FlowerRun;
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1);
    return { absent: `Flower was left out: ${python} failed: ${said || (error as Error).message.split('\n')[0]}` };
  }
}
