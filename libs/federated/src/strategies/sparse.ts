/**
 * @file FLASC: dense training of LoRA between sparse messages. Down goes the share of the adapter's largest values, up the share of the
 * largest changes; places and values are both sent. At densities of 1 it is FedAvg.
 */

import type { HostState } from '@rankforge/peft';
import { sizeOf } from '@rankforge/peft/extension';
import { z } from 'zod';
import { difference, weightedSum } from '../named.js';
import { defineStrategy, type Layout, type Named, type Packing } from '../strategy.js';

/** The numbers of largest magnitude of all tensors together, and where they stand one after another; the first of equals. */
function largest(tensors: Named, density: number): { places: Int32Array; values: Float32Array } {
  const all = new Float32Array([...tensors.values()].reduce((sum, { values }) => sum + values.length, 0));
  let end = 0;
  for (const { values } of tensors.values()) {
    all.set(values, end);
    end += values.length;
  }
  const count = Math.max(1, Math.round(density * all.length));
  const places = Int32Array.from(all, (_, place) => place)
    .sort((one, other) => Math.abs(all[other]!) - Math.abs(all[one]!) || one - other)
    .slice(0, count)
    .sort();
  return { places, values: Float32Array.from(places, (place) => all[place]!) };
}

const packing = <C>(densityOf: (config: C) => number): Packing<C> => ({
  pack(tensors, config) {
    const density = densityOf(config);
    if (density === 1) return tensors;
    const { places, values } = largest(tensors, density);
    return new Map<string, HostState>([
      ['places', { shape: [places.length], values: places }],
      ['values', { shape: [values.length], values }],
    ]);
  },
  unpack(packed, layout, config) {
    if (densityOf(config) === 1) return packed as Named;
    const [places, values] = [packed.get('places')?.values, packed.get('values')?.values];
    const total = [...layout.values()].reduce((sum, shape) => sum + sizeOf(shape), 0);
    const wrong = places?.find((place) => place < 0 || place >= total);
    if (!(places instanceof Int32Array) || places.length !== values?.length || wrong !== undefined) {
      throw new RangeError(
        `a sparse message must hold as many values as places from 0 to ${total - 1}${wrong === undefined ? '' : `, got place ${wrong}`}`,
      );
    }
    const all = new Float32Array(total);
    places.forEach((place, index) => {
      all[place] = values[index]!;
    });
    return cut(all, layout);
  },
});

function cut(all: Float32Array, layout: Layout): Named {
  let from = 0;
  return new Map(
    [...layout].map(([path, shape]) => {
      const to = from + sizeOf(shape);
      const tensor = { shape: [...shape], values: all.slice(from, to) };
      from = to;
      return [path, tensor];
    }),
  );
}

const density = (what: string) => z.number().positive().max(1).default(0.25).describe(what);

export const sparse = defineStrategy({
  name: 'sparse',
  title: 'Sparse messages (FLASC)',
  paper: { title: 'Federated LoRA with Sparse Communication', arxiv: '2406.05233', year: 2024 },
  evidence: {
    level: 'partial',
    reason:
      "Masks and messages follow the authors' code; the server adds the mean change where theirs takes a step of AdamW along it, and a head is not kept apart",
  },
  summary: 'FedAvg that sends only the largest numbers of the adapter and of its changes.',
  config: z.strictObject({
    download: density('Share of the adapter, its largest numbers, that is sent to clients'),
    upload: density('Share of the changes, the largest, that clients send'),
  }),
  linear: true,
  // The numbers that messages leave out move the mean.
  exact: () => false,
  sites: {
    down: packing<{ download: number }>(({ download }) => download),
    up: packing<{ upload: number }>(({ upload }) => upload),
    upload: ({ begun, trained }) => ({ sent: difference(trained, begun) }),
    aggregate: (messages, { tensors, kept }) => ({
      tensors: weightedSum([
        { weight: 1, tensors },
        ...messages.map(({ share, tensors }) => ({ weight: share, tensors })),
      ]),
      kept,
    }),
  },
});
