import type { SweepView, TrialView } from '@rankforge/contracts';
import { contenderName, finalTrialStates, trialKindOf } from '@rankforge/contracts';
import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import { beforeInterrupt } from '../local/interrupt.js';
import { formatSeconds } from './format.js';
import { say } from './print.js';

export interface ProgressView {
  show(sweep: SweepView, trials: readonly TrialView[]): void;
  close(): void;
}

/** Bars on a terminal; elsewhere (a log file, CI) a line now and then. */
export function openProgress(): ProgressView {
  return process.stderr.isTTY ? openBars() : openLines();
}

const isFinal = (trial: TrialView) => (finalTrialStates as readonly string[]).includes(trial.state);
const scoring = ({ scorings }: SweepView) =>
  scorings.total > 0 && scorings.done < scorings.total ? `${scorings.done}/${scorings.total} scorings` : '';
const draining = ({ draining: left }: SweepView) => (left > 0 ? `draining, ${left} left` : '');
const ended = (sweep: SweepView) => finalTrialStates.reduce((sum, state) => sum + sweep.trials[state], 0);

function etaText({ etaSeconds }: SweepView): string {
  return etaSeconds === null ? '' : `ETA ${formatSeconds(etaSeconds)}`;
}

function openBars(): ProgressView {
  const bars = new MultiBar(
    {
      format: '{label} {bar} {value}/{total} {unit} {remark}',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: false,
      barsize: 28,
      autopadding: true,
      forceRedraw: true,
    },
    Presets.rect,
  );
  // The cursor is hidden until they stop.
  const goOn = beforeInterrupt(() => bars.stop());
  const byLabel = new Map<string, SingleBar>();
  const update = (label: string, value: number, total: number, unit: string, remark: string) => {
    const payload = { label: label.padEnd(20), unit, remark };
    const bar = byLabel.get(label) ?? bars.create(total, 0, payload);
    byLabel.set(label, bar);
    bar.setTotal(total);
    bar.update(value, payload);
  };
  return {
    show(sweep, trials) {
      const remark = [draining(sweep), etaText(sweep), sweep.reason].filter(Boolean).join(', ');
      // Nothing to step where every result is known.
      if (sweep.stepsTotal > 0) update('steps', sweep.stepsDone, sweep.stepsTotal, 'steps', remark);
      const { done, total } = sweep.scorings;
      if (total > 0) update('test scores', done, total, 'scorings', '');
      for (const [label, group] of groupByMethod(trials)) {
        const count = (state: string) => group.filter((trial) => trial.state === state).length;
        const remark = [
          ['running', count('RUNNING')],
          ['over budget', count('OVER_BUDGET')],
          ['failed', count('FAILED')],
        ].flatMap(([name, number]) => (number ? [`${number} ${name}`] : []));
        update(label, group.filter(isFinal).length, group.length, 'trials', remark.join(', '));
      }
    },
    close() {
      goOn();
      bars.stop();
    },
  };
}

function groupByMethod(trials: readonly TrialView[]): Map<string, TrialView[]> {
  const groups = new Map<string, TrialView[]>();
  // Scorings have a bar of their own, and are made when a bar of trainings is full.
  for (const trial of trials.filter(({ kind }) => trialKindOf(kind).proposed)) {
    const label = contenderName(trial);
    groups.set(label, [...(groups.get(label) ?? []), trial]);
  }
  return groups;
}

function openLines(): ProgressView {
  const everyMs = 5_000;
  let last = 0;
  let lastLine = '';
  return {
    show(sweep) {
      const done = ended(sweep);
      if (Date.now() - last < everyMs && done < sweep.total) return;
      last = Date.now();
      const waits = sweep.waitsFor
        ? `waits for ${sweep.waitsFor.trialId ? `trial ${sweep.waitsFor.trialId} of ` : ''}sweep ${sweep.waitsFor.sweepName} (${sweep.waitsFor.state}), `
        : '';
      const parts = [
        `${waits}${done}/${sweep.total} trials`,
        `${sweep.stepsDone}/${sweep.stepsTotal} steps`,
        scoring(sweep),
        draining(sweep),
        etaText(sweep),
        sweep.reason,
      ];
      const line = parts.filter(Boolean).join(', ');
      if (line !== lastLine) say(line);
      lastLine = line;
    },
    close() {},
  };
}
