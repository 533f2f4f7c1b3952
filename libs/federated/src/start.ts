/** @file Makes what all clients begin with, once for the whole federation, so that what is frozen is the same everywhere. */

import {
  type AdapterInfo,
  type HostTensor,
  type KeptPasses,
  type LayerCalibration,
  type MemoryParts,
  openTraining,
  readAdapter,
} from '@rankforge/peft';
import { calibrate, encodeAdapter, largerPeak, type Statistics, settle, writePass } from '@rankforge/peft/extension';
import { Matrix } from 'ml-matrix';
import { type CountedTraffic, count, nothingSent } from './counted.js';
import { tensorOf } from './factors.js';
import type { Federation } from './federation.js';
import { encodeMessage } from './message.js';
import type { Named } from './strategy.js';

export interface SharedStart {
  /** Everything that is trained, by path. */
  tensors: Named;
  /** Frozen adapter tensors. */
  frozen: Named;
  /** First values that a replaced kernel follows from. */
  first: Named;
  info: AdapterInfo;
  /** Messages before the first round. */
  bytes: CountedTraffic;
  peak: MemoryParts;
}

/** An adapter file with these values of what is trained. */
export const adapterWith = ({ frozen, first, info }: Pick<SharedStart, 'frozen' | 'first' | 'info'>, tensors: Named) =>
  encodeAdapter(
    new Map([...tensors, ...frozen, ...[...first].map(([path, value]) => [`first:${path}`, value] as const)]),
    info,
  );

/**
 * First values: drawn by the seed, or made of what clients found out, where the method asks for a calibration. Each client then sends the
 * gradient of its examples, and the mean, weighted by examples, takes the place of that of one data set.
 *
 * @returns undefined where the signal was aborted before they were made
 */
export async function sharedStart(federation: Federation): Promise<SharedStart | undefined> {
  const bytes = nothingSent();
  const found = await calibrated(federation, bytes);
  if (found === 'stopped') return undefined;
  const { plan, identity, clients } = federation;
  const training = await openTraining({ ...trainInput(federation), ...(found && { calibrations: keptAs(found) }) });
  if (training.stopped) return undefined;
  try {
    const { info, tensors: all, first } = readAdapter(await training.adapter());
    const trained = new Set(plan.info.map(({ path }) => path));
    const of = (wanted: boolean) => new Map([...all].filter(([path]) => trained.has(path) === wanted));
    const [tensors, frozen] = [of(true), of(false)];
    // A client draws nothing: what is frozen is sent to it, and what is trained comes with each round.
    const sent = new Map([...frozen, ...[...first].map(([path, value]) => [`first:${path}`, value] as const)]);
    for (const [client, { name }] of sent.size === 0 ? [] : clients.entries()) {
      const header = { federation: identity, round: 0, client, direction: 'down' as const };
      count(bytes, name, 'down', encodeMessage(header, sent).length);
    }
    const peak = found ? largerPeak(training.peak(), found.peak) : training.peak();
    return { tensors, frozen, first, info, bytes, peak };
  } finally {
    training.dispose();
  }
}

/** The parts of a federation that each of its trainings has. */
export const trainInput = (federation: Federation) => {
  const { engine, model, method, config, optimizer, data, options, turn, signal, budgetBytes } = federation;
  return {
    engine,
    model,
    method,
    config,
    optimizer,
    data,
    options,
    ...(turn && { turn }),
    ...(signal && { signal }),
    ...(budgetBytes === undefined ? {} : { budgetBytes }),
  };
};

interface Averaged {
  statistics: Statistics;
  peak: MemoryParts;
}

async function calibrated(federation: Federation, bytes: CountedTraffic): Promise<Averaged | 'stopped' | undefined> {
  const { clients, method, config, identity } = federation;
  if (method.calibration?.(config) === undefined) return undefined;
  const total = clients.reduce((sum, { examples }) => sum + examples, 0);
  const sums = new Map<string, Matrix>();
  let peak: MemoryParts | undefined;
  for (const [client, { name, data, examples }] of clients.entries()) {
    const setting = await settle({
      ...trainInput(federation),
      data,
      onEvent: (event) => federation.emit({ type: 'client', round: 0, client: name, event }),
    });
    const result = await calibrate(setting);
    if (result!.outcome === 'stopped') return 'stopped';
    peak = largerPeak(peak, result!.peak);
    const sent = new Map<string, HostTensor>();
    for (const [path, { gradient }] of result!.layers) {
      sent.set(path, tensorOf(gradient!));
      const share = Matrix.mul(gradient!, examples / total);
      sums.set(path, sums.get(path)?.add(share) ?? share);
    }
    count(bytes, name, 'up', encodeMessage({ federation: identity, round: 0, client, direction: 'up' }, sent).length);
  }
  const statistics = new Map(
    [...sums].map(([path, gradient]): [string, Omit<LayerCalibration, 'firstStep'>] => [path, { gradient }]),
  );
  return { statistics, peak: peak! };
}

/** A pass that nobody else has made, in the place of one over the data. */
function keptAs({ statistics, peak }: Averaged): KeptPasses {
  const bytes = writePass({ statistics, peak, seconds: 0 });
  return {
    of: async () => 'federation',
    store: { read: async () => bytes, write: async () => {}, reserve: async () => () => {} },
  };
}
