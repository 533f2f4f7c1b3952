/** @file Versions of the numbers that a part of a trial gives: a change of the library by which they are others raises one. */
import { bySpaces } from '../text/segmenter.js';
import type { ParameterInfo } from './parameter.js';

/** Facts of a trial by which a change may concern it or not. */
export interface NumbersOf<C> {
  /** The part's own configuration, parsed. */
  config: C;
  /** Training starts from an adapter. */
  starts: boolean;
  /** Name of the segmenter of the data. */
  segmenter: string;
  /** Everything that is trained. */
  parameters(): readonly ParameterInfo[];
}

/** Version 2 where texts of the data fall apart into words otherwise than at white space, which was not looked at before. */
export const secondBesideSpaces = ({ segmenter }: Pick<NumbersOf<unknown>, 'segmenter'>): number =>
  segmenter === bySpaces.name ? 1 : 2;

/** Version 2 where factors of an update are trained by other names than those of LoRA, by which alone they were known before. */
export const secondBeyondLora = ({ parameters }: Pick<NumbersOf<unknown>, 'parameters'>): number =>
  parameters().some(({ side, role }) => side !== undefined && !['lora_A', 'lora_B'].includes(role)) ? 2 : 1;
