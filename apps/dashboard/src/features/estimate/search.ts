import {
  attentions,
  baseDtypes,
  cards,
  checkpointings,
  computeDtypes,
  EngineName,
  publishedModels,
  TorchSetup,
} from '@rankforge/contracts';
import { z } from 'zod';
import { type EstimateValues, startValues, withoutEmpty } from './request.js';

/** Characters of a pasted file that an address has room for, written as a part of a URL. */
const configAtMost = 4000;

const kept = <T extends z.ZodType>(value: T) => value.optional().catch(undefined);

/** The form of an estimate, as the address carries it; anything else in it is dropped. */
export const EstimateSearch = z.object({
  source: kept(z.enum(['base', 'published', 'config', 'file'])),
  base: kept(z.string()),
  published: kept(z.enum(publishedModels)),
  config: kept(z.string().max(configAtMost)),
  file: kept(z.string().max(configAtMost)),
  adapter: kept(z.string().max(configAtMost)),
  methods: kept(z.array(z.string())),
  ranks: kept(z.array(z.string())),
  targets: kept(z.array(z.string())),
  optimizer: kept(z.string()),
  profile: kept(z.enum(['rankforge', 'torch'])),
  engine: kept(EngineName),
  dtype: kept(z.enum(baseDtypes)),
  checkpointing: kept(z.enum(checkpointings)),
  computeDtype: kept(z.enum(computeDtypes)),
  attention: kept(z.enum(attentions)),
  torch: kept(TorchSetup),
  batch: kept(z.number()),
  sequence: kept(z.number()),
  classes: kept(z.number()),
  budget: kept(z.string()),
  gpu: kept(z.enum(cards.map(({ name }) => name))),
});
export type EstimateSearch = z.infer<typeof EstimateSearch>;

/** Fields whose start follows from what the installation has: an address that is shared says them. */
const ofInstallation: readonly string[] = ['source', 'base', 'methods', 'targets'];

/** The address of the form's values: fields that are as on every first view are left out. */
export function searchOf(values: EstimateValues): EstimateSearch {
  const usual = startValues([], []);
  const said = Object.entries(values).filter(
    ([name, value]) =>
      ofInstallation.includes(name) || JSON.stringify(value) !== JSON.stringify(usual[name as keyof EstimateValues]),
  );
  return withoutEmpty(EstimateSearch.parse(Object.fromEntries(said)));
}

/** The values that an address says, over those of a first view. */
export const valuesOf = (search: EstimateSearch, start: EstimateValues): EstimateValues => ({
  ...start,
  ...withoutEmpty(search),
});

/**
 * Whether an address that arrived is one that the form wrote, and which of those that it wrote are on their way still. An address that
 * a later one overtook never arrives.
 *
 * @param written in the order in which they were written
 */
export function arrived(address: string, written: readonly string[]): { isOwn: boolean; left: string[] } {
  const place = written.indexOf(address);
  return { isOwn: place >= 0, left: written.slice(place + 1) };
}
