/** @file What is checked: the engine of this installation, and the devices it is to compute on. */
import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { promisify } from 'node:util';
import { type AddedEngine, addedEngine, currentTorch, enginesFolder, isCurrentEngine } from '@rankforge/cli';
import type { AddedRunner } from '@rankforge/contracts';
import { environmentOn, listNvidiaDevices, type NvidiaDevice } from '@rankforge/worker';

export type DeviceKind = 'gpu' | 'cpu';

export interface Subject {
  kind: DeviceKind;
  /** TensorFlow; undefined where no part that runs needs it. */
  engine: AddedEngine | undefined;
  /** The runner of torch, where it was added. */
  runner: AddedRunner | undefined;
  /** Folder of the engines of this installation. */
  folder: string;
  devices: readonly (Pick<NvidiaDevice, 'id' | 'name'> & Partial<Pick<NvidiaDevice, 'uuid'>>)[];
  /** Environment of a process that computes on the first of them alone. */
  environment: NodeJS.ProcessEnv;
  /** Lines about driver and devices, as the driver prints them. */
  driver: readonly string[];
}

export const statusOf = { setup: 6, noGpu: 8 } as const;

/** There is nothing to check, for the reason and with the status it names. */
export class NothingToCheck extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/**
 * @param needs engines of the parts that run
 * @throws NothingToCheck where there is no such device, or no engine for it
 */
export async function inspect(kind: DeviceKind, needs: ReadonlySet<'tensorflow' | 'torch'>): Promise<Subject> {
  const cards = kind === 'gpu' ? await cardsHere() : [];
  const folder = enginesFolder();
  const runner = await currentTorch(folder);
  if (needs.has('torch') && !runner) {
    const how = 'npm run rankforge -- engine add torch';
    throw new NothingToCheck(`engine torch is not in ${folder}, or of another version: ${how}`, statusOf.setup);
  }
  const [card] = cards;
  return {
    kind,
    engine: needs.has('tensorflow') ? await tensorflowFor(kind, folder) : undefined,
    runner,
    folder,
    devices: card ? cards : [{ id: 'host', name: cpus()[0]?.model.trim() ?? 'host' }],
    environment: environmentOn(card ? { kind: 'cuda', uuid: card.uuid } : { kind: 'host' }),
    driver: card ? await driverLines() : [],
  };
}

async function tensorflowFor(kind: DeviceKind, folder: string): Promise<AddedEngine> {
  const engine = await addedEngine(folder);
  const command = `npm run rankforge -- engine add tensorflow${kind === 'gpu' ? ' --cuda' : ''}`;
  if (!engine) throw new NothingToCheck(`engine tensorflow is not in ${folder}: ${command}`, statusOf.setup);
  if (!isCurrentEngine(folder)) {
    throw new NothingToCheck(
      `engine tensorflow in ${folder} is of another version of Rankforge: ${command}`,
      statusOf.setup,
    );
  }
  if (kind === 'gpu' && engine.variant !== 'cuda') {
    throw new NothingToCheck(`engine tensorflow in ${folder} is the one for the cores: ${command}`, statusOf.setup);
  }
  return engine;
}

async function cardsHere(): Promise<NvidiaDevice[]> {
  const said: string[] = [];
  const cards = await listNvidiaDevices((reason) => said.push(reason));
  if (cards && cards.length > 0) return cards;
  const found = cards
    ? 'nvidia-smi is not installed or lists no device that can be used'
    : 'its driver does not answer';
  throw new NothingToCheck(
    `there is no NVIDIA GPU to check here: ${[found, ...said].join('; ')}. --device cpu tries the program on the cores`,
    statusOf.noGpu,
  );
}

async function driverLines(): Promise<string[]> {
  const query = ['--query-gpu=index,name,uuid,driver_version,compute_cap,memory.total', '--format=csv'];
  const { stdout } = await promisify(execFile)('nvidia-smi', query);
  return stdout.trim().split('\n');
}
