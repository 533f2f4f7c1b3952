import { LeaderboardQuery } from '@rankforge/contracts';
import { z } from 'zod';
import { NumberOnLeave } from '../../components/number-on-leave.js';

const Margin = z.number().positive('choose a number above 0').nullable();

interface MarginFieldProps {
  margin: LeaderboardQuery['margin'];
  onChange: (margin: number | undefined) => void;
}

/** Asks for a difference that matters: rows tied with the leader are tested for differing by less. */
export function MarginField({ margin, onChange }: MarginFieldProps) {
  return (
    <NumberOnLeave
      label="Equivalence margin"
      title={LeaderboardQuery.shape.margin.meta()?.description}
      placeholder="what a seed does"
      value={margin ?? null}
      schema={Margin}
      onSettle={(value) => onChange(value ?? undefined)}
      w={170}
    />
  );
}
