import { metricsByClient } from '@rankforge/federated';
import { findObjective } from '@rankforge/peft';
import { expect, it } from 'vitest';
import { clientReport } from '../src/trainer/client-scores.js';

it('names the client that is served worst, by the direction of each metric', () => {
  const byClient = { north: { accuracy: 0.9, loss: 0.4 }, south: { accuracy: 0.5, loss: 0.3 } };
  const range: [number, null] = [0, null];
  const metrics = [
    { name: 'accuracy', direction: 'maximize' as const, scale: 'mean' as const, range },
    { name: 'loss', direction: 'minimize' as const, scale: 'mean' as const, range },
  ];
  expect(clientReport(byClient, metrics)).toEqual({
    byClient,
    worst: { accuracy: { client: 'south', value: 0.5 }, loss: { client: 'north', value: 0.4 } },
  });
  expect(clientReport({}, metrics).worst).toEqual({});
});

it('names no client of whose examples a metric tells nothing', () => {
  // The lone example of north correlates with nothing; south has twenty, and is foretold badly.
  const label = Float64Array.from({ length: 21 }, (_, unit) => unit);
  const prediction = label.map((value, unit) => (unit % 2 === 0 ? value : -value));
  const loss = label.map((value, unit) => (value - prediction[unit]!) ** 2);
  const parts = new Map([
    ['north', [0]],
    ['south', Array.from({ length: 20 }, (_, unit) => unit + 1)],
  ]);
  const byClient = metricsByClient({ objective: 'regression', columns: { loss, prediction, label } }, parts);
  const { worst } = clientReport(byClient, findObjective('regression').metrics);
  expect(Object.keys(byClient.north!)).toEqual(['loss', 'rmse']);
  expect(byClient.south).toMatchObject({ pearson: expect.any(Number), spearman: expect.any(Number) });
  expect(worst).toMatchObject({
    rmse: { client: 'south' },
    pearson: { client: 'south' },
    spearman: { client: 'south' },
  });
});

it('names no client by pairs of examples that it does not have', () => {
  const label = Float64Array.of(1, 0, 1, 1);
  const prediction = Float64Array.of(2, -1, 3, 1);
  const loss = Float64Array.of(0.1, 0.3, 0.1, 0.3);
  const of = { objective: 'binary-classification' as const, columns: { loss, prediction, label } };
  const reportOf = (parts: [string, number[]][]) =>
    clientReport(metricsByClient(of, new Map(parts)), findObjective('binary-classification').metrics).worst;
  expect(
    reportOf([
      ['north', [0, 1]],
      ['south', [2, 3]],
    ]),
  ).toEqual({
    auc: { client: 'north', value: 1 },
    logLoss: { client: 'north', value: 0.2 },
  });
  expect(
    reportOf([
      ['north', [0, 2]],
      ['south', [3]],
    ]),
  ).toEqual({ logLoss: { client: 'south', value: 0.3 } });
});
