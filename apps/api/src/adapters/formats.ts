/** @file Formats in which the adapter of a trial can be downloaded, and why a conversion is refused before it begins. */
import type { Base } from '@rankforge/bases';
import type { AdapterFormat, TrialSpec } from '@rankforge/contracts';
import type { ArtifactStore } from '@rankforge/db';
import { leavesSeveral } from '@rankforge/federated';
import { type ExportFormat, possibleFormats } from '@rankforge/peft';
import type { Catalog } from '../catalog/catalog.js';
import { type MadeOn, replacedBase } from '../catalog/same-base.js';
import { storedInfo } from './stored-info.js';

/** A training that left an adapter. */
export interface TrainedAdapter {
  spec: TrialSpec;
  /** SHA-256 of the folder of its base; null where nobody noted it. */
  baseSha256: string | null;
  /** The digest of the adapter's file. */
  sha256: string;
}

/** Why no adapter of such a training is converted, for people; undefined where the adapter itself decides. */
export function conversionRefusal(
  format: ExportFormat,
  { strategy: name, on = [], made }: Pick<TrialSpec, 'strategy' | 'on'> & { made: MadeOn },
  { catalog, base }: { catalog: Catalog; base: Base | undefined },
): string | undefined {
  const strategy = name === undefined ? undefined : catalog.strategy(name);
  if (strategy && leavesSeveral(strategy)) {
    return 'Each client of this federation has an adapter of its own: ask for the format native, a file that holds all of them';
  }
  if (format === 'peft' && on.length > 0) {
    return 'The adapter is of a base model with another one merged into it, which nobody else has: ask for the format merged';
  }
  return replacedBase('This adapter', made, base);
}

/** The formats, the one to offer first in front. A file that cannot be read is offered as it is, which says so. */
export async function formatsOf(
  { spec, baseSha256, sha256 }: TrainedAdapter,
  { catalog, store }: { catalog: Catalog; store: ArtifactStore },
): Promise<AdapterFormat[]> {
  const base = catalog.base(spec.base);
  const method = catalog.method(spec.method);
  if (!base || !method) return ['native'];
  const made = { base: spec.base, baseSha256 };
  const wanted = (format: ExportFormat) =>
    conversionRefusal(format, { ...spec, made }, { catalog, base }) === undefined;
  // The file of a federation may hold several adapters.
  if (!wanted('merged')) return ['native'];
  const info = await storedInfo(store, sha256, 'this adapter').catch(() => undefined);
  const possible = info ? possibleFormats({ model: base.config, method, info }) : [];
  return [...possible.filter(wanted), 'native'];
}
