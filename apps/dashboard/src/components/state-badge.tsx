import type { SweepState, TrialState } from '@rankforge/contracts';
import {
  type Icon,
  IconAlertTriangle,
  IconBan,
  IconCircleCheck,
  IconCircleDashed,
  IconClock,
  IconCut,
  IconPlayerPause,
  IconPlayerPlay,
  IconRulerMeasure,
} from '@tabler/icons-react';
import { stateColors, sweepStateLabels, trialStateLabels } from '../lib/palette.js';
import classes from './state-badge.module.css';

const trialIcons: Record<TrialState, Icon> = {
  PENDING: IconCircleDashed,
  QUEUED: IconClock,
  RUNNING: IconPlayerPlay,
  SUCCEEDED: IconCircleCheck,
  FAILED: IconAlertTriangle,
  OVER_BUDGET: IconRulerMeasure,
  PRUNED: IconCut,
  CANCELLED: IconBan,
};

const sweepLooks: Record<SweepState, { icon: Icon; color: string }> = {
  RUNNING: { icon: IconPlayerPlay, color: stateColors.RUNNING },
  PAUSED: { icon: IconPlayerPause, color: stateColors.OVER_BUDGET },
  COMPLETED: { icon: IconCircleCheck, color: stateColors.SUCCEEDED },
  CANCELLED: { icon: IconBan, color: stateColors.CANCELLED },
};

export function TrialStateBadge({ state }: { state: TrialState }) {
  return <Mark icon={trialIcons[state]} color={stateColors[state]} label={trialStateLabels[state]} />;
}

interface SweepStateBadgeProps {
  state: SweepState;
  /** What the sweep starts from has not ended yet. */
  waits?: boolean;
  /** Trials of a paused sweep that are still running. */
  draining?: number;
}

export function SweepStateBadge({ state, waits = false, draining = 0 }: SweepStateBadgeProps) {
  if (draining > 0) return <Mark {...sweepLooks[state]} label={`Draining, ${draining} left`} />;
  if (waits && state === 'RUNNING') return <Mark icon={IconClock} color={stateColors.QUEUED} label="Waiting" />;
  return <Mark {...sweepLooks[state]} label={sweepStateLabels[state]} />;
}

function Mark({ icon: Glyph, color, label }: { icon: Icon; color: string; label: string }) {
  return (
    <span className={classes.mark}>
      <Glyph size={15} stroke={2.2} color={color} aria-hidden />
      {label}
    </span>
  );
}
