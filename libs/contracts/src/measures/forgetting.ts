/** @file What adaptation costs on the data that the base model was made from. */
import { z } from 'zod';
import { defineMeasure, mean, reported } from './measure.js';

/**
 * Mean loss in nats on data that the base model was pre-trained beside and never saw, by the base model as it is and with
 * the adapter in it. A rise is what was forgotten.
 */
export const Forgetting = z
  .discriminatedUnion('measured', [
    z.object({
      measured: z.literal(true),
      data: z.string().meta({ description: 'What the base model was made from.' }),
      examples: z.number().int(),
      before: z.number(),
      after: z.number(),
    }),
    z.object({ measured: z.literal(false), reason: z.string() }),
  ])
  .meta({ id: 'Forgetting' });
export type Forgetting = z.infer<typeof Forgetting>;

export const forgetting = defineMeasure({
  name: 'forgetting',
  title: 'Rise of the base loss',
  hint: 'Loss on held-back data of the base model itself, and what the adapter changes: a rise was forgotten.',
  unit: 'nats',
  direction: 'minimize',
  schema: Forgetting,
  reports: { forgetting: Forgetting.meta({ description: 'Of a scoring.' }) },
  of: ({ scoring }) => reported<Forgetting>(scoring, 'forgetting') ?? undefined,
  combine(values) {
    const measured = values.flatMap((value) => (value.measured ? [value] : []));
    // The base's own loss is the same for all.
    const [one] = measured;
    return one ? { ...one, after: mean(measured.map(({ after }) => after)) } : values[0]!;
  },
  amount: (value) => (value.measured ? value.after - value.before : null),
  remark(values) {
    const one = values.find(({ measured }) => measured) ?? values[0]!;
    return one.measured
      ? `Base loss: in nats on ${one.examples} windows of ${one.data}, and what the adapter changes.`
      : `Base loss is not measured: ${one.reason}.`;
  },
  line: {
    title: 'base loss',
    text(value, { number }) {
      if (!value.measured) return 'n/a';
      const change = value.after - value.before;
      return `${number(value.before)} ${signed(change, number(Math.abs(change), 2))}`;
    },
  },
  column: {
    id: 'base-loss',
    title: 'Base loss',
    priority: 2,
    cell(value, { integer }) {
      if (!value.measured) return { text: 'n/a', title: value.reason };
      const { before, after, data, examples } = value;
      const change = after - before;
      return {
        text: after.toFixed(3),
        below: signed(change, Math.abs(change).toFixed(3)),
        title: `${data}, ${integer(examples)} windows, nats per token`,
      };
    },
  },
});

const signed = (change: number, amount: string) => `${change < 0 ? '−' : '+'}${amount}`;
