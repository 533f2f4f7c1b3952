/** @file Curves of a federation: points of its steps, each over the clients that made it, and of its rounds. */
import type { StepSeries } from '@rankforge/contracts';
import type { RoundRecord } from '@rankforge/federated';
import type { StepEvent } from '@rankforge/peft';
import type { Progress } from '../trial/executor.js';
import { pointsOf, prefixed, stepMetrics } from './points.js';

/** Series of which the largest of the clients counts; of others, their mean. */
const largestOf: readonly StepSeries[] = ['memory/live', 'memory/peak'];

/** Steps of clients that are no points yet: those of a round are told once it is done, so that none is told twice. */
export class RoundCurves {
  private readonly waiting = new Map<number, StepEvent[]>();

  add(step: number, event: StepEvent): void {
    this.waiting.set(step, [...(this.waiting.get(step) ?? []), event]);
  }

  /** The points of a round at its end, after so many steps. */
  told(round: RoundRecord, step: number): Progress {
    const steps = [...this.waiting].sort(([one], [other]) => one - other);
    this.waiting.clear();
    const last = steps.at(-1)?.[1];
    const { bytes, participants, aggregationError, epsilon } = round;
    const ofRound = {
      clients: participants.length,
      'bytes-up': bytes.up,
      'bytes-down': bytes.down,
      ...(aggregationError === undefined ? {} : { 'aggregation-error': aggregationError }),
      ...(epsilon === undefined ? {} : { epsilon }),
    };
    return {
      step,
      loss: last ? mean(last.map(({ loss }) => loss)) : null,
      points: [
        ...steps.flatMap(([at, events]) => pointsOf(at, overClients(events))),
        ...pointsOf(step, prefixed('federation', ofRound)),
      ],
    };
  }
}

function overClients(events: readonly StepEvent[]): Record<string, number> {
  const each = events.map(stepMetrics);
  const names = Object.keys(each[0]!);
  return Object.fromEntries(
    names.map((name) => {
      const values = each.flatMap((metrics) => metrics[name] ?? []);
      const isLargest = (largestOf as readonly string[]).includes(name);
      return [name, isLargest ? Math.max(...values) : mean(values)];
    }),
  );
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
