/** @file Makes what all clients begin with, once for the whole federation, so that what is frozen is the same everywhere. */

import {
  type AdapterInfo,
  type KeptPasses,
  type LayerCalibration,
  type MemoryParts,
  nothingHeld,
  openTraining,
  readAdapter,
} from '@rankforge/peft';
import { calibrate, encodeAdapter, largerPeak, type Statistics, settle, writePass } from '@rankforge/peft/extension';
import { Matrix } from 'ml-matrix';
import { type CountedTraffic, count, nothingSent } from './counted.js';
import { tensorOf } from './factors.js';
import { examplesOf, type Federation } from './federation.js';
import { gradientForm } from './gradients.js';
import { encodeMessage } from './message.js';
import { participants } from './participation.js';
import type { Layout, Named } from './strategy.js';

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
 * gradient of its examples, and the mean, weighted by examples, takes the place of that of one data set. Privately those send theirs that
 * would take part in a round, clipped, and the sum gets the noise of a round.
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
  const { clients, method, config, identity, plan, rounds, strategyConfig, random } = federation;
  if (method.calibration?.(config) === undefined) return undefined;
  const forms = plan.layers.map((layer) => {
    const { path } = layer;
    return { path, form: gradientForm(rounds!, layer, strategyConfig), drawn: () => random.fork(`sketch/${path}`) };
  });
  const { asked, clipped, weightOf, noisy } = startOf(federation);
  const sums = new Map<string, Matrix>();
  let peak: MemoryParts = nothingHeld;
  for (const client of asked) {
    const { name, data } = clients[client]!;
    const setting = await settle({
      ...trainInput(federation),
      data,
      onEvent: (event) => federation.emit({ type: 'client', round: 0, client: name, event }),
    });
    const result = await calibrate(setting);
    if (result!.outcome === 'stopped') return 'stopped';
    peak = largerPeak(peak, result!.peak);
    const { layers } = result!;
    const sent = clipped(
      new Map(forms.flatMap(({ path, form, drawn }) => [...form.send(layers.get(path)!.gradient!, drawn())])),
    );
    for (const [part, matrix] of sent) {
      const share = Matrix.mul(matrix, weightOf(client));
      sums.set(part, sums.get(part)?.add(share) ?? share);
    }
    const message = new Map([...sent].map(([part, matrix]) => [part, tensorOf(matrix)]));
    count(
      bytes,
      name,
      'up',
      encodeMessage({ federation: identity, round: 0, client, direction: 'up' }, message).length,
    );
  }
  const means = noisy(sums, new Map(forms.flatMap(({ form }) => [...form.layout])));
  const statistics = new Map(
    forms.map(({ path, form, drawn }): [string, Omit<LayerCalibration, 'firstStep'>] => [
      path,
      { gradient: form.read(means, drawn()) },
    ]),
  );
  return { statistics, peak };
}

type Matrices = ReadonlyMap<string, Matrix>;

/** Who sends its gradients, and how they become a mean: by examples, or as the changes of a private round do. */
export function startOf(federation: Federation) {
  const { clients, random } = federation;
  const { privacy, participation } = federation.federation;
  const everyone = clients.map((_, client) => client);
  if (!privacy) {
    const all = examplesOf(federation, everyone);
    return {
      asked: everyone,
      clipped: (sent: Matrices) => sent,
      weightOf: (client: number) => clients[client]!.examples / all,
      noisy: (means: Matrices) => means,
    };
  }
  const { clip, noise } = privacy;
  const expected = participation.share * clients.length;
  return {
    asked: participants(clients.length, 'start', { ...participation, random }),
    clipped(sent: Matrices) {
      const norm = Math.hypot(...[...sent.values()].map((matrix) => matrix.norm('frobenius')));
      const scale = Math.min(1, clip / norm);
      return scale === 1 ? sent : new Map([...sent].map(([part, matrix]) => [part, Matrix.mul(matrix, scale)]));
    },
    weightOf: () => 1 / expected,
    noisy(means: Matrices, layout: Layout) {
      const draws = random.fork('noise/start');
      return new Map(
        [...layout].map(([part, [rows, columns]]) => {
          const mean = means.get(part) ?? Matrix.zeros(rows!, columns!);
          const values = mean.to1DArray().map((value) => value + ((noise * clip) / expected) * draws.normal());
          return [part, Matrix.from1DArray(rows!, columns!, values)];
        }),
      );
    },
  };
}

/** A pass that nobody else has made, in the place of one over the data. */
function keptAs({ statistics, peak }: Averaged): KeptPasses {
  const bytes = writePass({ statistics, peak, seconds: 0 });
  return {
    of: async () => 'federation',
    store: { read: async () => bytes, write: async () => {}, reserve: async () => () => {} },
  };
}
