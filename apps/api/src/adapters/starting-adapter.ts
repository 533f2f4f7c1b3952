import type { AdapterView, TrialSpec } from '@rankforge/contracts';
import type { ApartOptions } from '@rankforge/peft';
import type { MadeOn } from '../catalog/same-base.js';

/** Facts of an adapter that a training which starts from it needs. */
export type StartingAdapter = Pick<
  AdapterView,
  'id' | 'name' | 'base' | 'method' | 'config' | 'targets' | 'classes' | 'sha256'
> &
  MadeOn & {
    /** It is that of a finished trial: the trial's id is its name. */
    ofTrial?: true;
    /** How it encodes rows of a query and a text, where it is that of a trial. */
    apart?: ApartOptions;
    /** Models that are merged into its base before it. */
    on?: NonNullable<TrialSpec['on']>;
  };

/** The part of a spec that an imported adapter competes by; none of that of a trial, whose name is an id. */
export const importedName = ({ name, ofTrial }: StartingAdapter): Pick<TrialSpec, 'adapter'> =>
  ofTrial ? {} : { adapter: name };

/** An adapter fits the base that it was trained on, and no folder holds this one. */
export const ofMergedBase = (name: string) =>
  `${name} is of a base model with another adapter merged into it: start from its whole model, with "on"`;
